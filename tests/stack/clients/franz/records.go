package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// seen is what is printed of a record that was acknowledged or received.
type seen struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Key       string `json:"key"`
	Bytes     int    `json:"bytes"`
	SHA256    string `json:"sha256"`
}

func seenOf(r *kgo.Record) seen {
	sum := sha256.Sum256(r.Value)
	return seen{r.Topic, r.Partition, r.Offset, string(r.Key), len(r.Value), hex.EncodeToString(sum[:8])}
}

func codecOf(name string) (kgo.CompressionCodec, error) {
	switch name {
	case "none":
		return kgo.NoCompression(), nil
	case "gzip":
		return kgo.GzipCompression(), nil
	case "snappy":
		return kgo.SnappyCompression(), nil
	case "lz4":
		return kgo.Lz4Compression(), nil
	case "zstd":
		return kgo.ZstdCompression(), nil
	}
	return kgo.CompressionCodec{}, fmt.Errorf("no codec %q", name)
}

func acksOf(name string) ([]kgo.Opt, error) {
	switch name {
	case "all":
		return []kgo.Opt{kgo.RequiredAcks(kgo.AllISRAcks())}, nil
	case "1": // idempotence needs all of them
		return []kgo.Opt{kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite()}, nil
	case "0":
		return []kgo.Opt{kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite()}, nil
	}
	return nil, fmt.Errorf("no acks %q", name)
}

// produce prints each record once the broker has acknowledged it. With acks 0 the offsets mean nothing.
func produce(ctx context.Context, o *options, out *printer) error {
	if err := o.need("topic", o.topic); err != nil {
		return err
	}
	codec, err := codecOf(o.codec)
	if err != nil {
		return err
	}
	settings, err := acksOf(o.acks)
	if err != nil {
		return err
	}
	settings = append(settings, kgo.ProducerBatchCompression(codec), kgo.AllowAutoTopicCreation())
	if o.partition >= 0 {
		settings = append(settings, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	}
	client, err := o.dial(settings...)
	if err != nil {
		return err
	}
	defer client.Close()

	var mutex sync.Mutex
	var failure error
	done := func(r *kgo.Record, err error) {
		mutex.Lock()
		defer mutex.Unlock()
		if err == nil {
			err = out.print(seenOf(r))
		}
		if err != nil && failure == nil {
			failure = err
		}
	}
	source := rand.New(rand.NewSource(int64(o.count)))
	began := time.Now()
	for n := 0; n < o.count; n++ {
		pace(ctx, began, n, o.rate)
		client.Produce(ctx, recordOf(o, source, n), done)
		if o.batch > 0 && (n+1)%o.batch == 0 {
			if err := client.Flush(ctx); err != nil {
				return err
			}
		}
	}
	if err := client.Flush(ctx); err != nil {
		return err
	}
	mutex.Lock()
	defer mutex.Unlock()
	return failure
}

// recordOf makes a value that compresses, but not to nothing.
func recordOf(o *options, source *rand.Rand, n int) *kgo.Record {
	value := make([]byte, o.size)
	for i := range value {
		value[i] = "abcdefgh"[source.Intn(8)]
	}
	record := &kgo.Record{Topic: o.topic, Key: []byte(fmt.Sprintf("%s-%d", o.prefix, n)), Value: value}
	if o.partition >= 0 {
		record.Partition = int32(o.partition)
	}
	return record
}

// pace waits until record n is due.
func pace(ctx context.Context, began time.Time, n, rate int) {
	if rate <= 0 {
		return
	}
	due := began.Add(time.Duration(n) * time.Second / time.Duration(rate))
	select {
	case <-time.After(time.Until(due)):
	case <-ctx.Done():
	}
}

// consume prints records until it has -count of them; fewer when the time is up is an error.
func consume(ctx context.Context, o *options, out *printer) error {
	if err := o.need("topic", o.topic); err != nil {
		return err
	}
	start := kgo.NewOffset().At(o.offset)
	settings := []kgo.Opt{kgo.ConsumeResetOffset(start)}
	switch {
	case o.partition >= 0:
		settings = append(settings, kgo.ConsumePartitions(
			map[string]map[int32]kgo.Offset{o.topic: {int32(o.partition): start}}))
	case o.group != "":
		settings = append(settings, kgo.ConsumeTopics(o.topic), kgo.ConsumerGroup(o.group),
			kgo.DisableAutoCommit())
	default:
		settings = append(settings, kgo.ConsumeTopics(o.topic))
	}
	client, err := o.dial(settings...)
	if err != nil {
		return err
	}
	defer client.Close()

	for received := 0; received < o.count; {
		fetches := client.PollRecords(ctx, o.count-received)
		if ctx.Err() != nil {
			return fmt.Errorf("%d of %d records: %w", received, o.count, ctx.Err())
		}
		for _, failed := range fetches.Errors() {
			return fmt.Errorf("%s-%d: %w", failed.Topic, failed.Partition, failed.Err)
		}
		for _, record := range fetches.Records() {
			if err := out.print(seenOf(record)); err != nil {
				return err
			}
			received++
		}
		if o.group != "" {
			if err := client.CommitUncommittedOffsets(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}
