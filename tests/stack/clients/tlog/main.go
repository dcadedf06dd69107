// tlog: a verifier of audit logs that is not ours: Go's golang.org/x/mod/sumdb packages tlog and
// note decide, this file only reads the text that they are asked about.
//
//	tlog VKEY PROOF...       each file is a proof of an entry (C2SP tlog-proof)
//
// Prints a line a proof, "INDEX of SIZE"; exits with 1 at the first that does not hold.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof struct {
	entry      []byte
	index      int64
	path       tlog.RecordProof
	checkpoint string
}

func main() {
	if len(os.Args) < 3 {
		fail("usage: tlog VKEY PROOF...")
	}
	verifier, err := note.NewVerifier(os.Args[1])
	check(err)
	for _, name := range os.Args[2:] {
		text, err := os.ReadFile(name)
		check(err)
		p := read(name, string(text))
		signed, err := note.Open([]byte(p.checkpoint), note.VerifierList(verifier))
		check(err)
		origin, tree := readTree(signed.Text)
		if origin != verifier.Name() {
			fail(name + ": the checkpoint of " + origin)
		}
		err = tlog.CheckRecord(p.path, tree.N, tree.Hash, p.index, tlog.RecordHash(p.entry))
		if err != nil {
			fail(fmt.Sprintf("%s: %v", name, err))
		}
		fmt.Printf("%d of %d\n", p.index, tree.N)
	}
}

func read(name, text string) proof {
	head, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail(name + ": no proof")
	}
	p := proof{checkpoint: checkpoint}
	var err error
	p.entry, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	check(err)
	p.index, err = strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	check(err)
	for _, line := range lines[3:] {
		p.path = append(p.path, readHash(line))
	}
	return p
}

func readTree(text string) (string, tlog.Tree) {
	lines := strings.Split(text, "\n")
	if len(lines) < 3 {
		fail("no checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	return lines[0], tlog.Tree{N: size, Hash: readHash(lines[2])}
}

func readHash(text string) tlog.Hash {
	hash, err := tlog.ParseHash(text)
	check(err)
	return hash
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, "tlog:", why)
	os.Exit(1)
}
