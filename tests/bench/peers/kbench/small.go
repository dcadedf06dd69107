package main

import (
	"fmt"
	"time"
)

// smallRequests keeps a window of small produce requests in flight on each of a few connections.
func smallRequests(o options) error {
	at, err := leader(o.via, o.topic, 0)
	if err != nil {
		return err
	}
	records := batch(o.recs, o.size)
	each := o.n / o.conns
	results := make(chan error, o.conns)
	began := time.Now()
	for i := 0; i < o.conns; i++ {
		c, err := dial(at)
		if err != nil {
			return err
		}
		go func() { results <- stream(c, o, each, records) }()
	}
	for i := 0; i < o.conns; i++ {
		if err := <-results; err != nil {
			return err
		}
	}
	seconds := time.Since(began).Seconds()
	sent := each * o.conns
	return report(map[string]any{"n": sent, "seconds": seconds, "req_s": float64(sent) / seconds})
}

// stream sends n requests on c, at most o.window of them unanswered, and reads the answers in order.
func stream(c *conn, o options, n int, records []byte) error {
	window := make(chan struct{}, o.window)
	done := make(chan struct{})
	defer close(done)
	defer c.Close() // ends a blocked write
	go func() {
		for i := 0; i < n; i++ {
			select {
			case window <- struct{}{}:
			case <-done:
				return
			}
			if _, err := c.Write(produce(o.topic, 0, int32(i), records)); err != nil {
				c.Close() // the reader then reports
				return
			}
		}
	}()
	for i := 0; i < n; i++ {
		correlation, body, err := c.response()
		if err == nil && correlation != int32(i) {
			err = fmt.Errorf("correlation id %d, not %d", correlation, i)
		}
		if err == nil {
			err = produced(body)
		}
		if err != nil {
			return fmt.Errorf("answer %d: %w", i, err)
		}
		<-window
	}
	return nil
}
