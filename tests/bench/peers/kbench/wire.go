package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

const (
	keyProduce      = 0
	keyMetadata     = 3
	keyApiVersions  = 18
	keyCreateTopics = 19
	keyDeleteTopics = 20

	responseBytesMax = 16 << 20
	waitMs           = 10000
)

var be = binary.BigEndian

// writer appends Kafka's classic (not flexible) types.
type writer struct{ b []byte }

func (w *writer) i8(v int8)       { w.b = append(w.b, byte(v)) }
func (w *writer) i16(v int16)     { w.b = be.AppendUint16(w.b, uint16(v)) }
func (w *writer) i32(v int32)     { w.b = be.AppendUint32(w.b, uint32(v)) }
func (w *writer) i64(v int64)     { w.b = be.AppendUint64(w.b, uint64(v)) }
func (w *writer) varint(v int64)  { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) raw(b []byte)    { w.b = append(w.b, b...) }
func (w *writer) string(s string) { w.i16(int16(len(s))); w.b = append(w.b, s...) }

// reader takes them back; after the first short read everything is zero and short is set.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.short, r.b = true, nil
		return make([]byte, 8)
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) i16() int16 { return int16(be.Uint16(r.take(2))) }
func (r *reader) i32() int32 { return int32(be.Uint32(r.take(4))) }
func (r *reader) skip(n int) { r.take(n) }

func (r *reader) string() string {
	n := int(r.i16())
	if n < 0 {
		return ""
	}
	b := r.take(n)
	if r.short {
		return ""
	}
	return string(b)
}

// count reads an array's length; a short reader has no elements, so loops end.
func (r *reader) count() int {
	n := int(r.i32())
	if r.short || n > len(r.b) {
		r.short = true
		return 0
	}
	return n
}

func request(key, version int16, correlation int32, body []byte) []byte {
	w := &writer{b: make([]byte, 4, 32+len(body))}
	w.i16(key)
	w.i16(version)
	w.i32(correlation)
	w.string("kbench")
	w.raw(body)
	be.PutUint32(w.b, uint32(len(w.b)-4))
	return w.b
}

type conn struct {
	net.Conn
	r *bufio.Reader
}

func dial(address string) (*conn, error) {
	c, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	return &conn{c, bufio.NewReaderSize(c, 4096)}, nil
}

// response returns the next answer's correlation id and body.
func (c *conn) response() (int32, []byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(c.r, head[:]); err != nil {
		return 0, nil, err
	}
	size := be.Uint32(head[:4])
	if size < 4 || size > responseBytesMax {
		return 0, nil, fmt.Errorf("a response of %d bytes", size)
	}
	body := make([]byte, size-4)
	if _, err := io.ReadFull(c.r, body); err != nil {
		return 0, nil, err
	}
	return int32(be.Uint32(head[4:])), body, nil
}

func (c *conn) call(req []byte) ([]byte, error) {
	if _, err := c.Write(req); err != nil {
		return nil, err
	}
	correlation, body, err := c.response()
	if err != nil {
		return nil, err
	}
	if want := int32(be.Uint32(req[8:])); correlation != want {
		return nil, fmt.Errorf("correlation id %d, not %d", correlation, want)
	}
	return body, nil
}

// ask is one request on a connection of its own.
func ask(address string, req []byte) ([]byte, error) {
	c, err := dial(address)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.call(req)
}

var errShort = errors.New("the response is too short")
