package jobserver_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/waittest"
)

func TestServeEndsWithItsContextAndClosesConnections(t *testing.T) {
	l := listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- jobserver.New(jobserver.Options{}).Serve(ctx, l) }()
	nc := connect(t, l.Addr().String())
	ask(t, nc, "version\r\n", "OK "+jobserver.DefaultVersion+"\n")
	cancel()
	if err := waittest.Receive(t, "Serve returns", served); err != nil {
		t.Errorf("serve: got %v, want nil after its context ended", err)
	}
	nc.SetReadDeadline(time.Now().Add(patience))
	if _, err := nc.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("read after the end: got %v, want a closed connection", err)
	}
}

func TestCloseEndsEveryServe(t *testing.T) {
	s := jobserver.New(jobserver.Options{})
	served := make(chan error)
	for range 2 {
		l := listen(t)
		go func() { served <- s.Serve(context.Background(), l) }()
		ask(t, connect(t, l.Addr().String()), "version\r\n", "OK "+jobserver.DefaultVersion+"\n")
	}
	s.Close()
	for range 2 {
		if err := waittest.Receive(t, "Serve returns", served); err != nil {
			t.Errorf("serve: got %v, want nil after Close", err)
		}
	}
	if err := s.Serve(context.Background(), listen(t)); err != nil {
		t.Errorf("serve after Close: got %v, want nil at once", err)
	}
}

func TestServeTellsWhenItsListenerFails(t *testing.T) {
	l := listen(t)
	l.Close()
	if err := jobserver.New(jobserver.Options{}).Serve(context.Background(), l); err == nil {
		t.Error("serve on a closed listener: got nil, want an error")
	}
}

func TestAClientThatClosesItsSideStillGetsTheAnswer(t *testing.T) {
	_, addr := start(t, jobserver.Options{})
	nc := connect(t, addr)
	nc.Write([]byte("create function f\r\nstatus\r\n"))
	nc.(*net.TCPConn).CloseWrite()
	nc.SetReadDeadline(time.Now().Add(patience))
	got, err := io.ReadAll(nc)
	if want := "OK\r\nf\t0\t0\t0\n.\n"; string(got) != want || err != nil {
		t.Errorf("answer: got %q, %v, want %q", got, err, want)
	}
}

// A client may send everything before it reads anything, and a worker may ask for everything at once.
func TestNobodyWaitsForAPeerThatReadsLate(t *testing.T) {
	const jobs = 100_000
	_, addr := start(t, jobserver.Options{})
	nc := connect(t, addr)
	nc.SetDeadline(time.Now().Add(2 * patience))
	var all []byte
	for range jobs {
		all = wire.AppendRequest(all, wire.SubmitJobBG, []byte("q"), nil, workload)
	}
	all = wire.AppendRequest(all, wire.CanDo, []byte("q"))
	for range jobs + 1 {
		all = wire.AppendRequest(all, wire.GrabJob)
	}
	if _, err := nc.Write(all); err != nil {
		t.Fatalf("write everything: %v", err)
	}
	ask(t, connect(t, addr), "version\r\n", "OK "+jobserver.DefaultVersion+"\n")
	counts := map[wire.Type]int{}
	r := wire.NewReader(nc)
	for range 2*jobs + 1 {
		p, _, err := r.ReadPacket()
		if err != nil {
			t.Fatalf("read: %v after %v", err, counts)
		}
		counts[p.Type]++
	}
	if counts[wire.JobCreated] != jobs || counts[wire.JobAssign] != jobs || counts[wire.NoJob] != 1 {
		t.Errorf("answers: got %v, want %d JOB_CREATED, as many JOB_ASSIGN and one NO_JOB", counts, jobs)
	}
}

func TestAPeerThatNeverReadsIsCutOff(t *testing.T) {
	_, addr := start(t, jobserver.Options{MaxPending: 1 << 20, ClientTimeout: 200 * time.Millisecond})
	nc := connect(t, addr)
	nc.SetDeadline(time.Now().Add(2 * patience))
	echo := wire.AppendRequest(nil, wire.EchoReq, bytes.Repeat([]byte("x"), 1<<16))
	for {
		_, err := nc.Write(echo)
		if isTimeout(err) {
			t.Fatal("the server neither reads on nor closes the connection")
		}
		if err != nil {
			return
		}
	}
}

func TestAPacketOverTheLimitEndsTheConnection(t *testing.T) {
	_, addr := start(t, jobserver.Options{MaxPacket: 1000})
	nc := connect(t, addr)
	nc.SetDeadline(time.Now().Add(patience))
	nc.Write(wire.AppendRequest(nil, wire.EchoReq, make([]byte, 1001)))
	if _, err := nc.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("read: got %v, want a closed connection", err)
	}
}

func TestJobsOfTheFutureFollowTheClock(t *testing.T) {
	now := make(chan time.Time, 1)
	now <- time.Unix(1000, 0)
	clock := func() time.Time {
		v := <-now
		now <- v
		return v
	}
	_, addr := start(t, jobserver.Options{HandlePrefix: "H", Now: clock})
	k := &talk{t: t, addr: addr, lines: map[peer]*line{}, known: map[string]string{}}
	defer k.end()
	play := func(all ...step) {
		for _, s := range all {
			s.run(k)
		}
	}
	play(
		client.sends(wire.SubmitJobEpoch, "f", "", "1001", "later"),
		client.gets(wire.JobCreated, "H:1"),
		worker.sends(wire.CanDo, "f"),
		worker.sends(wire.GrabJob),
		worker.gets(wire.NoJob),
		worker.sends(wire.PreSleep),
	)
	<-now
	now <- time.Unix(1001, 0)
	play(
		worker.getsNothing(),
		worker.sends(wire.GrabJob),
		worker.gets(wire.JobAssign, "H:1", "f", "later"),
	)
}

func TestVerboseNamesTheLevelOfTheLog(t *testing.T) {
	for level, want := range map[slog.Level]string{
		slog.LevelDebug: "DEBUG", slog.LevelInfo: "INFO", slog.LevelWarn: "WARNING", slog.LevelError: "ERROR",
	} {
		log := slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: level}))
		_, addr := start(t, jobserver.Options{Log: log})
		ask(t, connect(t, addr), "verbose\r\n", "OK "+want+"\n")
	}
}

func TestTLS(t *testing.T) {
	cert, pool := certificate(t)
	_, addr := start(t, jobserver.Options{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	nc, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: pool, ServerName: "localhost"})
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	defer nc.Close()
	ask(t, nc, "version\r\n", "OK "+jobserver.DefaultVersion+"\n")
	nc.CloseWrite()
	if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("read after our close: got %v, want the server's goodbye", err)
	}
	plain := connect(t, addr)
	plain.SetDeadline(time.Now().Add(patience))
	plain.Write([]byte("version\r\n"))
	if got, err := io.ReadAll(plain); bytes.Contains(got, []byte("OK")) || isTimeout(err) {
		t.Errorf("plain text to a TLS port: got %q, %v, want no answer and the end", got, err)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// ask writes a request and wants exactly that answer.
func ask(t *testing.T, nc net.Conn, request, want string) {
	t.Helper()
	nc.SetDeadline(time.Now().Add(patience))
	nc.Write([]byte(request))
	got := make([]byte, len(want))
	if _, err := io.ReadFull(nc, got); string(got) != want {
		t.Fatalf("%q: got %q, %v, want %q", request, got, err, want)
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// certificate makes a certificate for localhost that signs itself.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
