// kbench is a raw Kafka client that measures what stands between a client and a broker. It follows
// the advertised address (Metadata) of the partition's leader, so its traffic takes the way that
// the bootstrap address promises. Results are one line of JSON on standard output.
//
//	kbench create -via A -topic T -partitions 4
//	kbench delete -via A -topic T
//	kbench lat    -direct A -via B -topic T -n 5000 -size 1024 -warm 500
//	kbench small  -via B -topic T -n 100000 -conns 4 -window 5 -recs 8 -size 100
//	kbench idle   -via B -n 2000       holds the connections until its standard input ends
//
// It knows the few request versions that every broker from 2.1 to 4.x speaks, and nothing else.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

type options struct {
	direct, via, topic        string
	n, size, recs, warm       int
	conns, window, partitions int
}

var verbs = map[string]func(options) error{
	"create": createTopic,
	"delete": deleteTopic,
	"lat":    latency,
	"small":  smallRequests,
	"idle":   idleConnections,
}

func main() {
	if len(os.Args) < 2 || verbs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "kbench: create | delete | lat | small | idle")
		os.Exit(2)
	}
	var o options
	f := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	f.StringVar(&o.direct, "direct", "", "address of the broker")
	f.StringVar(&o.via, "via", "", "address to reach it through")
	f.StringVar(&o.topic, "topic", "kbench", "topic")
	f.IntVar(&o.n, "n", 5000, "requests or connections")
	f.IntVar(&o.size, "size", 1024, "bytes of a record's value")
	f.IntVar(&o.recs, "recs", 1, "records a request")
	f.IntVar(&o.warm, "warm", 500, "round trips that are not counted")
	f.IntVar(&o.conns, "conns", 4, "connections")
	f.IntVar(&o.window, "window", 5, "requests in flight a connection")
	f.IntVar(&o.partitions, "partitions", 4, "partitions of the new topic")
	_ = f.Parse(os.Args[2:])
	if err := verbs[os.Args[1]](o); err != nil {
		fmt.Fprintf(os.Stderr, "kbench %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func report(values map[string]any) error {
	return json.NewEncoder(os.Stdout).Encode(values)
}
