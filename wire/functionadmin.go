package wire

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
)

// DropFunction removes a function from the server. The caller must have checked that it has no jobs: dropping a function with
// waiting jobs and no workers corrupts gearmand. gearmand ignores case and drops every match.
func (c *Conn) DropFunction(ctx context.Context, name string) error {
	if err := CheckAdminWord(name); err != nil {
		return badWord("queue name", name, err)
	}
	line := dropLine(name)
	var refused error // the rest of the answer is read, so that the connection stays usable
	answered := false
	err := c.admin(ctx, line, toEcho, func(answer []byte) error {
		answered = true
		if refused == nil {
			refused = dropped(answer)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !answered {
		refused = &FrameError{Reason: "no answer"}
	}
	return c.opError(ctx, line, refused)
}

func dropLine(name string) string { return "drop function " + name }

func dropped(answer []byte) error {
	err := adminError(answer)
	if err == nil && !bytes.Equal(answer, []byte("OK")) {
		err = &FrameError{Reason: "the answer is neither OK nor ERR"}
	}
	return err
}

// MaxQueue limits how many jobs a function may have, including running ones: one size for all priorities, or three for high,
// normal and low; 0: no limit. The server answers OK even for an unknown function, and loses the limits when it stops.
func (c *Conn) MaxQueue(ctx context.Context, name string, sizes ...int) error {
	if err := CheckAdminWord(name); err != nil {
		return badWord("queue name", name, err)
	}
	var line strings.Builder
	line.WriteString("maxqueue " + name)
	for _, n := range sizes {
		line.WriteString(" " + strconv.Itoa(n))
	}
	return c.adminOK(ctx, line.String())
}

func badWord(what, word string, err error) error {
	return fmt.Errorf("%s %.100q %w", what, word, err)
}
