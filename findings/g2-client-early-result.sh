#!/usr/bin/env bash
# github.com/appscode/g2/client v0.0.0-20190123131438-388ba74fd273 (Go): a result that comes right after JOB_CREATED is lost
#
# The program submits jobs one by one with Client.Do and waits for the result of each, which the server sends in the same
# write as JOB_CREATED, then 20 ms after it. Do stores the caller's handler only after it has returned from waiting for
# JOB_CREATED; a result that the reading goroutine meets before that finds no handler and is dropped without an error.
# The caller waits for as long as it cares to. The Go check_gearman of mod-gearman-worker-go uses this client.
#
# Expected: the handler is called for every result.
# Seen (Go 1.26.8; the number of the first line differs from run to run):
#   at once: 0 of 100 results
#   after 20 ms: 100 of 100 results
#
# Needs Go 1.24 or later and a Go module proxy.
set -eu -o pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir"
export GOFLAGS=-mod=mod GOWORK=off

cat >main.go <<'EOF'
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"

	"github.com/appscode/g2/client"
	"github.com/appscode/g2/pkg/runtime"
)

const jobs = 100

// packet is a response of a job server.
func packet(kind uint32, data string) []byte {
	b := append([]byte("\x00RES"), make([]byte, 8)...)
	binary.BigEndian.PutUint32(b[4:], kind)
	binary.BigEndian.PutUint32(b[8:], uint32(len(data)))
	return append(b, data...)
}

// serve accepts jobs, and sends the result of each after a pause.
func serve(l net.Listener, pause time.Duration) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			header := make([]byte, 12)
			for n := 1; ; n++ {
				if _, err := io.ReadFull(c, header); err != nil {
					return
				}
				if _, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint32(header[8:]))); err != nil {
					return
				}
				handle := fmt.Sprintf("H:server:%d", n)
				created, complete := packet(8, handle), packet(13, handle+"\x00done")
				if pause == 0 {
					c.Write(append(created, complete...))
					continue
				}
				c.Write(created)
				time.Sleep(pause)
				c.Write(complete)
			}
		}()
	}
}

// results returns how many jobs the caller got the result of.
func results(pause time.Duration) (n int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	go serve(l, pause)
	c, err := client.New("tcp", l.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	for range jobs {
		got := make(chan struct{}, 1)
		if _, err := c.Do("q", []byte("x"), runtime.JobNormal, func(*client.Response) { got <- struct{}{} }); err != nil {
			log.Fatal(err)
		}
		select {
		case <-got:
			n++
		case <-time.After(200 * time.Millisecond):
		}
	}
	return n
}

func main() {
	early, late := results(0), results(20*time.Millisecond)
	fmt.Printf("at once: %d of %d results\nafter 20 ms: %d of %d results\n", early, jobs, late, jobs)
	if early == jobs || late != jobs {
		fmt.Println("this differs from what was seen")
		os.Exit(1)
	}
}
EOF
go mod init early 2>/dev/null
go get github.com/appscode/g2@v0.0.0-20190123131438-388ba74fd273 >/dev/null 2>&1
go run . 2>/dev/null
