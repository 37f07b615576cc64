package wire_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"net"
	"strings"
	"time"

	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/jobserver"
)

// startServer serves an embedded job server until stop is called; a program dials a gearmand, such as "gm1:4730".
func startServer() (addr string, stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- jobserver.New(jobserver.Options{}).Serve(ctx, l) }()
	return l.Addr().String(), func() { cancel(); <-served }
}

// submitAll submits background jobs with these workloads.
func submitAll(addr, function string, workloads ...string) {
	ctx := context.Background()
	_, err := wire.WithConn(ctx, &wire.Dialer{}, addr, func(ctx context.Context, c *wire.Conn) (string, error) {
		for _, w := range workloads {
			if _, err := c.Submit(ctx, &wire.Submission{Function: function, Workload: []byte(w), Background: true}); err != nil {
				return "", err
			}
		}
		return "", nil
	})
	if err != nil {
		log.Fatal(err)
	}
}

// Submit a foreground job and wait for its result, for at most ten seconds.
func Example() {
	addr, stop := startServer()
	defer stop()
	go reverser(addr)

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	d := &wire.Dialer{Timeout: 2 * time.Second}
	c, err := d.Dial(ctx, addr)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	handle, err := c.Submit(ctx, &wire.Submission{Function: "reverse", Workload: []byte("stressed")})
	if err != nil {
		log.Fatal(err)
	}
	err = c.Await(ctx, handle, func(u wire.Update) error {
		fmt.Printf("%v %s\n", u.Type, u.Data)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: WORK_COMPLETE desserts
}

// reverser does one job.
func reverser(addr string) {
	ctx := context.Background()
	c, err := (&wire.Dialer{}).Dial(ctx, addr)
	if err != nil {
		return
	}
	defer c.Close()
	c.Work(ctx, &wire.Work{Function: "reverse", Jobs: 1, Do: func(j *wire.ActiveJob) error {
		var reversed []byte
		for i := len(j.Workload) - 1; i >= 0; i-- {
			reversed = append(reversed, j.Workload[i])
		}
		return j.Complete(reversed)
	}})
}

// Do two jobs, then stop. Without Jobs the worker runs until ctx ends.
func ExampleConn_Work() {
	addr, stop := startServer()
	defer stop()
	submitAll(addr, "resize", "cat.png", "dog.png")

	ctx := context.Background()
	c, err := (&wire.Dialer{}).Dial(ctx, addr)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	err = c.Work(ctx, &wire.Work{
		Function: "resize",
		ClientID: "example-worker",
		Jobs:     2,
		Do: func(j *wire.ActiveJob) error {
			fmt.Printf("resize %s\n", j.Workload)
			return j.Complete(nil)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// resize cat.png
	// resize dog.png
}

// Drain a queue into an archive. Take acknowledges jobs, which removes them from the server, only after Sync returned nil.
func ExampleConn_Take() {
	addr, stop := startServer()
	defer stop()
	submitAll(addr, "mail", "to ann", "to bob")

	ctx := context.Background()
	c, err := (&wire.Dialer{}).Dial(ctx, addr)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	var file bytes.Buffer
	sink := archive.NewWriter(&file)
	n, err := c.Take(ctx, &wire.Take{
		Function: "mail",
		Job: func(j wire.Job) error {
			return sink.Add(&archive.Record{
				Server: c.Server(), Queue: "mail", Handle: string(j.Handle), Unique: string(j.Unique), Data: j.Workload,
			})
		},
		Sync: sink.Sync,
	})
	if err != nil {
		log.Fatal(err)
	}
	sink.Acknowledged(n.Acknowledged)
	if err := sink.Close(time.Now()); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d jobs taken, %d acknowledged, %d released\n", n.Jobs, n.Acknowledged, n.Released)

	r := archive.NewReader(&file)
	for record, err := r.Next(); err == nil; record, err = r.Next() {
		fmt.Printf("%s: %s\n", record.Queue, record.Data)
	}
	fmt.Println("complete:", r.Trailer().Complete())
	// Output:
	// 2 jobs taken, 2 acknowledged, 0 released
	// mail: to ann
	// mail: to bob
	// complete: true
}

// Ask several servers at once. The failure of one does not affect the results of the others.
func ExampleFanOut() {
	first, stop := startServer()
	defer stop()
	second, stop := startServer()
	defer stop()
	submitAll(first, "mail", "a", "b")
	submitAll(second, "mail", "c")

	results := wire.FanOut(context.Background(), &wire.Dialer{}, []string{first, second, "127.0.0.1:1"},
		func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.FunctionStatus], error) {
			return c.Status(ctx)
		})
	for i, r := range results {
		if wire.IsUnreachable(r.Err) {
			fmt.Printf("server %d: %s\n", i+1, strings.TrimPrefix(r.Err.Error(), "dial "))
			continue
		}
		for _, f := range r.Value.Rows {
			fmt.Printf("server %d: %s: %d waiting, %d workers\n", i+1, f.Function, f.Waiting(), f.Workers)
		}
	}
	// Output:
	// server 1: mail: 2 waiting, 0 workers
	// server 2: mail: 1 waiting, 0 workers
	// server 3: 127.0.0.1:1: connection refused
}

// Read the first two jobs of a queue and release them. The release check makes sure first that the server keeps released
// jobs.
func ExamplePeek() {
	addr, stop := startServer()
	defer stop()
	submitAll(addr, "mail", "to ann", "to bob", "to cid")

	ctx, d := context.Background(), &wire.Dialer{}
	c, err := d.Dial(ctx, addr)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if err := c.CheckRelease(ctx, 1); err != nil {
		log.Fatal(err)
	}
	n, err := wire.Peek(ctx, d, addr, "mail", "example-peek", 2, func(j wire.Job) error {
		fmt.Printf("%s\n", j.Workload)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n, "jobs")
	// Output:
	// to ann
	// to bob
	// 2 jobs
}
