package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// topicInfo is what list and describe print of a topic.
type topicInfo struct {
	Topic      string          `json:"topic"`
	Internal   bool            `json:"internal"`
	Partitions []partitionInfo `json:"partitions"`
}

type partitionInfo struct {
	Partition int32   `json:"partition"`
	Leader    int32   `json:"leader"`
	Replicas  []int32 `json:"replicas"`
	ISR       []int32 `json:"isr"`
}

func list(ctx context.Context, o *options, out *printer) error {
	return metadata(ctx, o, out, nil)
}

func describe(ctx context.Context, o *options, out *printer) error {
	if err := o.need("topic", o.topic); err != nil {
		return err
	}
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(o.topic)
	return metadata(ctx, o, out, []kmsg.MetadataRequestTopic{topic})
}

// metadata prints the topics asked for; nil asks for all.
func metadata(ctx context.Context, o *options, out *printer, topics []kmsg.MetadataRequestTopic) error {
	client, err := o.dial()
	if err != nil {
		return err
	}
	defer client.Close()
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = topics
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, topic := range response.Topics {
		if err := kerr.ErrorForCode(topic.ErrorCode); err != nil {
			return fmt.Errorf("%s: %w", deref(topic.Topic), err)
		}
		info := topicInfo{Topic: deref(topic.Topic), Internal: topic.IsInternal}
		for _, p := range topic.Partitions {
			info.Partitions = append(info.Partitions, partitionInfo{p.Partition, p.Leader, p.Replicas, p.ISR})
		}
		if err := out.print(info); err != nil {
			return err
		}
	}
	return nil
}

func create(ctx context.Context, o *options, out *printer) error {
	if err := o.need("topic", o.topic); err != nil {
		return err
	}
	client, err := o.dial()
	if err != nil {
		return err
	}
	defer client.Close()
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = o.topic, int32(o.partitions), int16(o.replicas)
	request := kmsg.NewPtrCreateTopicsRequest()
	request.Topics = append(request.Topics, topic)
	request.TimeoutMillis = 10000
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, topic := range response.Topics {
		if err := answered(topic.ErrorCode, topic.ErrorMessage); err != nil {
			return fmt.Errorf("%s: %w", topic.Topic, err)
		}
		if err := out.print(map[string]string{"created": topic.Topic}); err != nil {
			return err
		}
	}
	return nil
}

func remove(ctx context.Context, o *options, out *printer) error {
	if err := o.need("topic", o.topic); err != nil {
		return err
	}
	client, err := o.dial()
	if err != nil {
		return err
	}
	defer client.Close()
	topic := kmsg.NewDeleteTopicsRequestTopic()
	topic.Topic = kmsg.StringPtr(o.topic)
	request := kmsg.NewPtrDeleteTopicsRequest()
	request.Topics = append(request.Topics, topic)
	request.TopicNames = append(request.TopicNames, o.topic)
	request.TimeoutMillis = 10000
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, topic := range response.Topics {
		if err := answered(topic.ErrorCode, topic.ErrorMessage); err != nil {
			return fmt.Errorf("%s: %w", deref(topic.Topic), err)
		}
		if err := out.print(map[string]string{"deleted": deref(topic.Topic)}); err != nil {
			return err
		}
	}
	return nil
}

// reset sets a group without members to -offset on -partition, or on every partition of the topic.
func reset(ctx context.Context, o *options, out *printer) error {
	if err := o.need("topic", o.topic); err != nil {
		return err
	}
	if err := o.need("group", o.group); err != nil {
		return err
	}
	client, err := o.dial()
	if err != nil {
		return err
	}
	defer client.Close()
	partitions, err := partitionsOf(ctx, client, o)
	if err != nil {
		return err
	}
	topic := kmsg.NewOffsetCommitRequestTopic()
	topic.Topic = o.topic
	for _, number := range partitions {
		partition := kmsg.NewOffsetCommitRequestTopicPartition()
		partition.Partition, partition.Offset = number, o.offset
		topic.Partitions = append(topic.Partitions, partition)
	}
	request := kmsg.NewPtrOffsetCommitRequest()
	request.Group, request.Generation = o.group, -1 // no member: an administrator's commit
	request.Topics = append(request.Topics, topic)
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, topic := range response.Topics {
		for _, partition := range topic.Partitions {
			if err := kerr.ErrorForCode(partition.ErrorCode); err != nil {
				return fmt.Errorf("%s-%d: %w", topic.Topic, partition.Partition, err)
			}
			committed := map[string]any{"group": o.group, "topic": topic.Topic,
				"partition": partition.Partition, "offset": o.offset}
			if err := out.print(committed); err != nil {
				return err
			}
		}
	}
	return nil
}

func partitionsOf(ctx context.Context, client *kgo.Client, o *options) ([]int32, error) {
	if o.partition >= 0 {
		return []int32{int32(o.partition)}, nil
	}
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(o.topic)
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = []kmsg.MetadataRequestTopic{topic}
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return nil, err
	}
	var numbers []int32
	for _, topic := range response.Topics {
		if err := kerr.ErrorForCode(topic.ErrorCode); err != nil {
			return nil, err
		}
		for _, partition := range topic.Partitions {
			numbers = append(numbers, partition.Partition)
		}
	}
	return numbers, nil
}

// answered joins a broker's error code with the message that came with it.
func answered(code int16, message *string) error {
	err := kerr.ErrorForCode(code)
	if err != nil && message != nil {
		return fmt.Errorf("%w: %s", err, *message)
	}
	return err
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
