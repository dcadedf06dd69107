package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// patience is how long a command waits for what it was asked to show.
const patience = 10 * time.Second

// shownVerb runs one command of ../README.md.
type shownVerb func(ctx context.Context, o *options, arguments []string) error

var shownVerbs = map[string]struct {
	least int // arguments
	run   shownVerb
}{
	"produce":       {1, showProduce},
	"idempotent":    {1, showIdempotent},
	"transactional": {2, showTransactional},
	"fetch":         {2, showFetch},
	"join":          {2, showJoin},
	"create":        {1, showCreate},
	"metadata":      {1, showMetadata},
	"cluster":       {0, showCluster},
	"purge":         {2, showPurge},
	"reset":         {3, showReset},
	"member":        {2, showMember},
}

func shown(ctx context.Context, o *options, _ *printer) error {
	if len(o.rest) == 0 {
		return errors.New("shown: which command?")
	}
	verb, arguments := shownVerbs[o.rest[0]], o.rest[1:]
	if verb.run == nil || len(arguments) < verb.least {
		return fmt.Errorf("shown: %q is no command, or one with more arguments", o.rest[0])
	}
	if o.rest[0] == "member" { // it runs until it is ended
		ctx = context.Background()
	}
	o.clientID = "franz-go"
	return verb.run(ctx, o, arguments)
}

type object map[string]any

var showing sync.Mutex

// show prints at once: a command may be killed.
func show(what string, pairs object) {
	showing.Lock()
	defer showing.Unlock()
	out := printer{buffer: bufio.NewWriter(os.Stdout)}
	pairs["what"] = what
	if err := out.print(pairs); err == nil {
		_ = out.buffer.Flush() // nobody reads any more: the test has ended
	}
}

// outcome shows an error as the client has it: its name where it is Kafka's, and all it says.
func outcome(what string, err error) {
	if err == nil {
		show(what, object{"done": 1})
		return
	}
	name := "error"
	var kafka *kerr.Error
	if errors.As(err, &kafka) {
		name = kafka.Message
	}
	show(what, object{"error": name, "message": err.Error()})
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return n
}

// -- Producers

func showProduce(ctx context.Context, o *options, topics []string) error {
	return produceTo(ctx, o, topics, kgo.DisableIdempotentWrite())
}

func showIdempotent(ctx context.Context, o *options, topics []string) error {
	return produceTo(ctx, o, topics)
}

func produceTo(ctx context.Context, o *options, topics []string, more ...kgo.Opt) error {
	client, err := o.dial(append([]kgo.Opt{kgo.ManualFlushing(),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.RecordDeliveryTimeout(patience)}, more...)...)
	if err != nil {
		return err
	}
	defer client.Close()
	for n := 0; n < 3; n++ {
		for _, topic := range topics {
			n := n
			client.Produce(ctx, &kgo.Record{Topic: topic, Value: []byte(fmt.Sprintf("%s %d", topic, n))},
				func(r *kgo.Record, err error) {
					if err != nil {
						outcome(r.Topic, err)
					} else {
						show(r.Topic, object{"offset": r.Offset, "number": n})
					}
				})
		}
	}
	time.Sleep(300 * time.Millisecond) // for all topics to be known: what is flushed is one request
	return client.Flush(ctx)
}

func showTransactional(ctx context.Context, o *options, arguments []string) error {
	id, topic := arguments[0], arguments[1]
	client, err := o.dial(kgo.TransactionalID(id))
	if err != nil {
		return err
	}
	defer client.Close()
	err = client.BeginTransaction()
	if err == nil {
		err = client.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte("in a transaction")}).FirstErr()
	}
	if err == nil {
		err = client.EndTransaction(ctx, kgo.TryCommit)
	}
	outcome(id, err)
	return nil
}

// -- Consumers

func showFetch(ctx context.Context, o *options, arguments []string) error {
	left, places := map[string]int64{}, map[string]map[int32]kgo.Offset{}
	for _, topic := range arguments[1:] {
		left[topic] = number(arguments[0])
		places[topic] = map[int32]kgo.Offset{0: kgo.NewOffset().At(0)}
	}
	client, err := o.dial(kgo.ConsumePartitions(places))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			break
		}
		for _, failed := range fetches.Errors() {
			if _, waits := left[failed.Topic]; waits {
				outcome(failed.Topic, failed.Err)
				delete(left, failed.Topic)
			}
		}
		for _, record := range fetches.Records() {
			show(record.Topic, object{"offset": record.Offset, "value": string(record.Value)})
			if left[record.Topic]--; left[record.Topic] <= 0 {
				delete(left, record.Topic)
			}
		}
	}
	for topic := range left {
		show(topic, object{"error": "nothing"})
	}
	return nil
}

func showJoin(ctx context.Context, o *options, arguments []string) error {
	group, topic := arguments[0], arguments[1]
	client, err := o.dial(kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			show(group, object{"error": "nothing"})
			return nil
		}
		for _, failed := range fetches.Errors() {
			outcome(group, failed.Err)
			return nil
		}
		if fetches.NumRecords() > 0 {
			outcome(group, nil)
			return nil
		}
	}
}

// showMember never returns.
func showMember(ctx context.Context, o *options, arguments []string) error {
	group := arguments[0]
	client, err := o.dial(kgo.ConsumerGroup(group), kgo.ConsumeTopics(arguments[1:]...),
		kgo.SessionTimeout(6*time.Second), kgo.HeartbeatInterval(time.Second),
		kgo.AutoCommitInterval(time.Second))
	if err != nil {
		return err
	}
	seen, generations := map[string]int{}, map[int32]bool{}
	for next := time.Now(); ; {
		polling, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		for _, record := range client.PollFetches(polling).Records() {
			seen[record.Topic]++
		}
		cancel()
		id, generation := client.GroupMetadata()
		if generation >= 0 && id != "" {
			generations[generation] = true
		}
		if time.Now().Before(next) {
			continue
		}
		next = time.Now().Add(time.Second)
		show(group, object{"generation": generation, "generations": len(generations), "member": id,
			"seen": seen})
	}
}

// -- Administration

func showCreate(ctx context.Context, o *options, arguments []string) error {
	o.topic = arguments[0]
	outcome(o.topic, create(ctx, o, discarded()))
	return nil
}

func showReset(ctx context.Context, o *options, arguments []string) error {
	o.group, o.topic, o.partition, o.offset = arguments[0], arguments[1], 0, number(arguments[2])
	outcome(o.group, reset(ctx, o, discarded()))
	return nil
}

func discarded() *printer { return &printer{buffer: bufio.NewWriter(os.Stderr)} }

func showMetadata(ctx context.Context, o *options, topics []string) error {
	client, err := o.dial()
	if err != nil {
		return err
	}
	defer client.Close()
	request := kmsg.NewPtrMetadataRequest()
	for _, name := range topics {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = kmsg.StringPtr(name)
		request.Topics = append(request.Topics, topic)
	}
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, topic := range response.Topics {
		outcome(deref(topic.Topic), kerr.ErrorForCode(topic.ErrorCode))
	}
	return nil
}

func showCluster(ctx context.Context, o *options, _ []string) error {
	client, err := o.dial()
	if err != nil {
		return err
	}
	defer client.Close()
	response, err := kmsg.NewPtrDescribeClusterRequest().RequestWith(ctx, client)
	if err == nil {
		err = answered(response.ErrorCode, response.ErrorMessage)
	}
	outcome("cluster", err)
	return nil
}

func showPurge(ctx context.Context, o *options, arguments []string) error {
	client, err := o.dial()
	if err != nil {
		return err
	}
	defer client.Close()
	partition := kmsg.NewDeleteRecordsRequestTopicPartition()
	partition.Partition, partition.Offset = 0, number(arguments[1])
	topic := kmsg.NewDeleteRecordsRequestTopic()
	topic.Topic = arguments[0]
	topic.Partitions = append(topic.Partitions, partition)
	request := kmsg.NewPtrDeleteRecordsRequest()
	request.Topics = append(request.Topics, topic)
	request.TimeoutMillis = 10000
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, topic := range response.Topics {
		for _, partition := range topic.Partitions {
			outcome(topic.Topic, kerr.ErrorForCode(partition.ErrorCode))
		}
	}
	return nil
}
