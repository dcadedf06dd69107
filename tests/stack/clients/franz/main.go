// franz is a Kafka client for the system tests, on franz-go: an implementation of the protocol that shares
// no code with Kafka's own. It prints one JSON object a line, so that a test can compare what the client
// saw with what the audit log says.
//
//	franz produce  -topic t -count 100 -codec zstd -acks all
//	franz consume  -topic t -count 100 [-group g]
//	franz list | describe -topic t | create -topic t -partitions 3 -replicas 1 | delete -topic t
//	franz reset    -group g -topic t -offset 0
//	franz shown VERB ...: the commands of ../README.md
//
// With -token FILE it logs in by SASL/OAUTHBEARER, and reads the file anew at every login.
// The bootstrap servers are SLUICE_BOOTSTRAP unless -bootstrap gives others.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
)

// options are all flags; each verb reads its own.
type options struct {
	bootstrap  string
	clientID   string
	token      string
	topic      string
	group      string
	count      int
	timeout    time.Duration
	codec      string
	acks       string
	partition  int
	size       int
	batch      int
	rate       int
	prefix     string
	partitions int
	replicas   int
	offset     int64
	rest       []string // what is no flag: of shown
}

// verb runs one command; what it prints goes through out.
type verb func(ctx context.Context, o *options, out *printer) error

var verbs = map[string]verb{
	"produce":  produce,
	"consume":  consume,
	"list":     list,
	"describe": describe,
	"create":   create,
	"delete":   remove,
	"reset":    reset,
	"shown":    shown,
}

func main() {
	if len(os.Args) < 2 || verbs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: franz produce|consume|list|describe|create|delete|reset [flags], or franz shown VERB ...")
		os.Exit(2)
	}
	o := parse(os.Args[1], os.Args[2:])
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()

	out := &printer{buffer: bufio.NewWriter(os.Stdout)}
	err := verbs[os.Args[1]](ctx, o, out)
	if flushed := out.buffer.Flush(); err == nil {
		err = flushed
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "franz %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

func parse(name string, arguments []string) *options {
	o := &options{}
	flags := flag.NewFlagSet("franz "+name, flag.ExitOnError)
	flags.StringVar(&o.bootstrap, "bootstrap", os.Getenv("SLUICE_BOOTSTRAP"), "host:port[,host:port...]")
	flags.StringVar(&o.clientID, "client-id", "franz", "client id of every request")
	flags.StringVar(&o.token, "token", "", "file with the token to log in with; none: no login")
	flags.StringVar(&o.topic, "topic", "", "topic")
	flags.StringVar(&o.group, "group", "", "consumer group")
	flags.IntVar(&o.count, "count", 1, "number of records")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "ends the program after this long")
	flags.StringVar(&o.codec, "codec", "none", "none, gzip, snappy, lz4 or zstd")
	flags.StringVar(&o.acks, "acks", "all", "all, 1 or 0")
	flags.IntVar(&o.partition, "partition", -1, "partition to produce to or to consume; -1: all of them")
	flags.IntVar(&o.size, "size", 100, "bytes in a value")
	flags.IntVar(&o.batch, "batch", 0, "records handed over before waiting for them; 0: no wait")
	flags.IntVar(&o.rate, "rate", 0, "records a second; 0: as fast as possible")
	flags.StringVar(&o.prefix, "prefix", "key", "what keys begin with")
	flags.IntVar(&o.partitions, "partitions", 1, "partitions of a topic to create")
	flags.IntVar(&o.replicas, "replicas", -1, "replicas of a topic to create; -1: the broker's default")
	flags.Int64Var(&o.offset, "offset", 0, "offset to consume from, or to reset a group to")
	_ = flags.Parse(arguments) // ExitOnError
	o.rest = flags.Args()
	return o
}

// dial makes a client; it connects at its first request.
func (o *options) dial(more ...kgo.Opt) (*kgo.Client, error) {
	if o.bootstrap == "" {
		return nil, fmt.Errorf("no bootstrap servers: give -bootstrap or set SLUICE_BOOTSTRAP")
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(o.bootstrap, ",")...),
		kgo.ClientID(o.clientID),
	}
	if o.token != "" {
		opts = append(opts, kgo.SASL(oauth.Oauth(o.login)))
	}
	return kgo.NewClient(append(opts, more...)...)
}

// login is asked at the start of each connection, and again before a session there ends.
func (o *options) login(context.Context) (oauth.Auth, error) {
	token, err := os.ReadFile(o.token)
	if err != nil {
		return oauth.Auth{}, err
	}
	return oauth.Auth{Token: strings.TrimSpace(string(token))}, nil
}

// need refuses to run without a flag.
func (o *options) need(name, value string) error {
	if value == "" {
		return fmt.Errorf("needs -%s", name)
	}
	return nil
}

// printer writes one JSON object a line.
type printer struct{ buffer *bufio.Writer }

func (p *printer) print(value any) error {
	return json.NewEncoder(p.buffer).Encode(value)
}
