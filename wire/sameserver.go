package wire

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// SameServer reports whether two connections lead to one server, by whatever names: a introduces itself, and b sees it in
// the list of workers or does not. The client ID that a had before is gone.
func SameServer(ctx context.Context, a, b *Conn) (bool, error) {
	id := probeID()
	if err := a.introduce(ctx, id); err != nil {
		return false, err
	}
	list, err := b.Workers(ctx)
	return slices.ContainsFunc(list.Rows, func(w WorkerStatus) bool { return w.ID == id }), err
}

// SameServers finds those of servers that are others of them under a second name, and returns for each the first name; of
// a server that cannot be asked it knows nothing. It leaves nothing behind. It blocks for a few steps of d.Timeout at most.
func SameServers(ctx context.Context, d *Dialer, servers []string) map[string]string {
	m := sameServerProbe{id: probeID() + "-", conns: make([]*Conn, len(servers)), first: make([]int, len(servers))}
	m.each(func(i int) { m.connect(ctx, d, servers[i], i) })
	m.each(func(i int) { m.findFirst(ctx, i) })
	same := map[string]string{}
	for i, c := range m.conns {
		if c != nil {
			c.Close()
		}
		if m.first[i] < i {
			same[servers[i]] = servers[m.first[i]]
		}
	}
	return same
}

// sameServerProbe is a connection to each of several servers, all open at the same time.
type sameServerProbe struct {
	id    string  // how theirs begin
	conns []*Conn // nil: not reached
	first []int   // the first that leads to the same server
}

func (m *sameServerProbe) each(f func(i int)) {
	var wg sync.WaitGroup
	for i := range m.conns {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

func (m *sameServerProbe) connect(ctx context.Context, d *Dialer, server string, i int) {
	c, err := d.Dial(ctx, server)
	switch {
	case err != nil:
	case c.introduce(ctx, m.id+strconv.Itoa(i)) != nil:
		c.Close()
	default:
		m.conns[i] = c
	}
}

// findFirst finds the first that connection i sees.
func (m *sameServerProbe) findFirst(ctx context.Context, i int) {
	m.first[i] = i
	if m.conns[i] == nil {
		return
	}
	list, _ := m.conns[i].Workers(ctx) // of what cannot be read nothing is known
	for _, w := range list.Rows {
		if text, ok := strings.CutPrefix(w.ID, m.id); ok {
			if n, err := strconv.Atoi(text); err == nil && n >= 0 {
				m.first[i] = min(m.first[i], n)
			}
		}
	}
}

func probeID() string { return "gearctl-meets-" + NewUniqueSource().Next() }

// introduce makes a connection known to its server by a client ID.
func (c *Conn) introduce(ctx context.Context, id string) error {
	c.SetClientID(id)
	return c.Echo(ctx, []byte("introduced"))
}
