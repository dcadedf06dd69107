package main

import (
	"fmt"
	"net"
	"strconv"
	"time"
)

func createTopic(o options) error {
	w := &writer{}
	w.i32(1)
	w.string(o.topic)
	w.i32(int32(o.partitions))
	w.i16(1) // replication factor
	w.i32(0) // no assignments
	w.i32(0) // no configs
	w.i32(waitMs)
	w.i8(0) // not only validated
	b, err := ask(o.via, request(keyCreateTopics, 2, 1, w.b))
	if err != nil {
		return err
	}
	if err := topicError(b, 4); err != nil {
		return err
	}
	_, err = leader(o.via, o.topic, int32(o.partitions-1))
	return err
}

func deleteTopic(o options) error {
	w := &writer{}
	w.i32(1)
	w.string(o.topic)
	w.i32(waitMs)
	b, err := ask(o.via, request(keyDeleteTopics, 1, 1, w.b))
	if err != nil {
		return err
	}
	return topicError(b, 4)
}

// topicError reads the one [name, error] that follows `skipped` bytes.
func topicError(body []byte, skipped int) error {
	r := &reader{b: body}
	r.skip(skipped)
	r.count()
	name := r.string()
	code := r.i16()
	if r.short {
		return errShort
	}
	if code != 0 {
		return fmt.Errorf("topic %s: error %d", name, code)
	}
	return nil
}

// leader returns the advertised address of a partition's leader, waiting for a new topic to have one.
func leader(address, topic string, partition int32) (string, error) {
	var found string
	var err error
	for try := 0; try < 50; try++ {
		if found, err = leaderNow(address, topic, partition); err == nil {
			return found, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return "", err
}

func leaderNow(address, topic string, partition int32) (string, error) {
	w := &writer{}
	w.i32(1)
	w.string(topic)
	b, err := ask(address, request(keyMetadata, 1, 1, w.b))
	if err != nil {
		return "", err
	}
	r := &reader{b: b}
	brokers := map[int32]string{}
	for n := r.count(); n > 0; n-- {
		id, host, port := r.i32(), r.string(), r.i32()
		r.string() // rack
		brokers[id] = net.JoinHostPort(host, strconv.Itoa(int(port)))
	}
	r.i32() // controller
	for n := r.count(); n > 0; n-- {
		if code := r.i16(); code != 0 {
			return "", fmt.Errorf("metadata of %s: error %d", topic, code)
		}
		r.string()
		r.skip(1) // internal
		for m := r.count(); m > 0; m-- {
			r.i16()
			id, leads := r.i32(), r.i32()
			for list := 0; list < 2; list++ { // replicas, in sync
				r.skip(4 * r.count())
			}
			if id == partition && brokers[leads] != "" && !r.short {
				return brokers[leads], nil
			}
		}
	}
	return "", fmt.Errorf("no leader of %s/%d", topic, partition)
}
