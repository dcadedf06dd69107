package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// idleConnections opens connections, lets each say ApiVersions once, and holds them until standard
// input ends: meanwhile the caller reads what they cost. At the end each must still answer.
func idleConnections(o options) error {
	began := time.Now()
	var conns []*conn
	for i := 0; i < o.n; i++ {
		c, err := dial(o.via)
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		if _, err := c.call(request(keyApiVersions, 0, 0, nil)); err != nil {
			return fmt.Errorf("ApiVersions on connection %d: %w", i, err)
		}
		conns = append(conns, c)
	}
	if err := report(map[string]any{"n": o.n, "seconds": time.Since(began).Seconds()}); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	for i, c := range conns {
		if _, err := c.call(request(keyApiVersions, 0, 1, nil)); err != nil {
			return fmt.Errorf("connection %d was lost: %w", i, err)
		}
	}
	return nil
}
