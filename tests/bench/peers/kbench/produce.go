package main

import (
	"fmt"
	"hash/crc32"
	"time"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// batch makes a record batch (magic 2, not compressed) of records without keys.
func batch(records, size int) []byte {
	value := make([]byte, size)
	for i := range value {
		value[i] = byte('a' + i%26)
	}
	now := time.Now().UnixMilli()
	covered := &writer{} // what the checksum covers: from the attributes on
	covered.i16(0)
	covered.i32(int32(records - 1))
	covered.i64(now)
	covered.i64(now)
	covered.i64(-1) // producer id
	covered.i16(-1)
	covered.i32(-1)
	covered.i32(int32(records))
	for i := 0; i < records; i++ {
		one := &writer{}
		one.i8(0)
		one.varint(0) // timestamp delta
		one.varint(int64(i))
		one.varint(-1) // no key
		one.varint(int64(size))
		one.raw(value)
		one.varint(0) // no headers
		covered.varint(int64(len(one.b)))
		covered.raw(one.b)
	}
	w := &writer{}
	w.i64(0)
	w.i32(int32(4 + 1 + 4 + len(covered.b)))
	w.i32(-1)
	w.i8(2)
	w.i32(int32(crc32.Checksum(covered.b, castagnoli)))
	w.raw(covered.b)
	return w.b
}

// produce is a Produce request of version 3 with acks=1.
func produce(topic string, partition, correlation int32, records []byte) []byte {
	w := &writer{b: make([]byte, 0, 64+len(topic)+len(records))}
	w.i16(-1) // no transactional id
	w.i16(1)  // acks
	w.i32(waitMs)
	w.i32(1)
	w.string(topic)
	w.i32(1)
	w.i32(partition)
	w.i32(int32(len(records)))
	w.raw(records)
	return request(keyProduce, 3, correlation, w.b)
}

func produced(body []byte) error {
	r := &reader{b: body}
	r.count()
	topic := r.string()
	r.count()
	partition, code := r.i32(), r.i16()
	if r.short {
		return errShort
	}
	if code != 0 {
		return fmt.Errorf("produce to %s/%d: error %d", topic, partition, code)
	}
	return nil
}
