package main

import (
	"fmt"
	"sort"
	"time"
)

// latency sends one produce request at a time, alternating between the two ways, so that both see
// the same broker and the same machine.
func latency(o options) error {
	ways := [2]string{"direct", "via"}
	var conns [2]*conn
	for i, address := range [2]string{o.direct, o.via} {
		at, err := leader(address, o.topic, 0)
		if err != nil {
			return err
		}
		if conns[i], err = dial(at); err != nil {
			return err
		}
	}
	records := batch(o.recs, o.size)
	var micros [2][]float64
	for i := 0; i < o.warm+o.n; i++ {
		for k, c := range conns {
			req := produce(o.topic, 0, int32(i), records)
			began := time.Now()
			body, err := c.call(req)
			took := time.Since(began)
			if err == nil {
				err = produced(body)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", ways[k], err)
			}
			if i >= o.warm {
				micros[k] = append(micros[k], float64(took.Nanoseconds())/1e3)
			}
		}
	}
	values := map[string]any{"n": o.n}
	for k, way := range ways {
		sort.Float64s(micros[k])
		for _, percent := range []int{50, 90, 99} {
			values[fmt.Sprintf("%s_p%d", way, percent)] = micros[k][(len(micros[k])-1)*percent/100]
		}
	}
	return report(values)
}
