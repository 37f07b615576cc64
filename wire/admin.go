package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// shape is how the end of an admin answer is recognized.
type shape int

const (
	oneLine shape = iota
	toDot         // up to a line "."
	toEcho        // up to the answer to an ECHO_REQ sent after the command
)

// admin sends an admin line and calls each for every line of the answer, except the final "." line. The line is valid until
// each returns. An answer ERR … is a *ServerError.
func (c *Conn) admin(ctx context.Context, line string, s shape, each func(line []byte) error) error {
	if strings.ContainsAny(line, "\r\n\x00") {
		return fmt.Errorf("admin command %.100q: holds a line end or NUL byte", line)
	}
	return c.do(ctx, line, c.nc.answer, func() error {
		sent, err := c.takePipelined(line)
		if err != nil {
			return err
		}
		if !sent {
			c.ask(line, s)
		}
		if err := c.Flush(); err != nil {
			return err
		}
		return c.answer(s, each)
	})
}

// ask buffers an admin line and, for toEcho, the request that marks the end of its answer.
func (c *Conn) ask(line string, s shape) {
	c.sendLine(line)
	if s == toEcho {
		c.Send(EchoReq, []byte(line))
	}
}

func (c *Conn) answer(s shape, each func(line []byte) error) error {
	size := int64(0)
	for {
		if s == toEcho {
			packet, err := c.r.NextIsPacket()
			if err != nil {
				return err
			}
			if packet {
				return c.expectEcho()
			}
		}
		line, err := c.receiveLine()
		if err != nil {
			return err
		}
		first := size == 0
		size += int64(len(line)) + 1
		if size > c.maxAnswer {
			return &LimitError{LimitAnswer, c.maxAnswer}
		}
		if s == toDot && string(line) == "." {
			return nil
		}
		if first && s != toEcho {
			if err := adminError(line); err != nil {
				return err
			}
		}
		if err := each(line); err != nil || s == oneLine {
			return err
		}
	}
}

func (c *Conn) expectEcho() error {
	p, err := c.Receive()
	if err == nil && p.Type != EchoRes {
		err = unexpected(p)
	}
	return err
}

// adminError returns a *ServerError for a line ERR CODE TEXT, else nil. A line with a TAB is data: a queue may be called
// "ERR …".
func adminError(line []byte) error {
	rest, ok := bytes.CutPrefix(line, []byte("ERR "))
	if !ok || bytes.IndexByte(rest, '\t') >= 0 {
		return nil
	}
	code, text, _ := strings.Cut(string(rest), " ")
	if code != strings.ToUpper(code) && !strings.Contains(code, "_") {
		code, text = string(rest), "" // gearmand: ERR function not found
	}
	return &ServerError{Code: code, Text: strings.ReplaceAll(strings.TrimSpace(text), "+", " ")}
}

// Version returns the server's version without the leading OK, such as "1.1.20+ds". gearmand up to 0.14 and the Perl server
// omit the OK, and the Perl server adds a leading v. A gearmand built from a source archive reports no version: "". Any other
// answer is a *FrameError.
func (c *Conn) Version(ctx context.Context) (string, error) {
	var version string
	err := c.admin(ctx, "version", oneLine, func(line []byte) error {
		v, ok := parseVersion(string(line))
		if !ok {
			return &FrameError{Reason: "the answer is not a version number"}
		}
		version = v
		return nil
	})
	return version, err
}

func parseVersion(line string) (version string, ok bool) {
	if line == "OK" {
		return "", true
	}
	if version, ok = strings.CutPrefix(line, "OK "); ok {
		return version, true
	}
	return line, startsWithDigit(strings.TrimPrefix(line, "v"))
}

func startsWithDigit(s string) bool { return s != "" && '0' <= s[0] && s[0] <= '9' }

// CreateFunction creates a function on the server, without jobs or workers. It succeeds if the function exists.
func (c *Conn) CreateFunction(ctx context.Context, name string) error {
	if err := errors.Join(CheckFunction(name), CheckAdminWord(name)); err != nil {
		return fmt.Errorf("queue name %.100q: %w", name, err)
	}
	return c.adminOK(ctx, createLine(name))
}

func createLine(name string) string { return "create function " + name }

// adminOK runs a command whose answer is a line OK.
func (c *Conn) adminOK(ctx context.Context, line string) error {
	return c.admin(ctx, line, oneLine, func(answer []byte) error {
		if !bytes.Equal(answer, []byte("OK")) && !bytes.HasPrefix(answer, []byte("OK ")) {
			return &FrameError{Reason: "the answer is neither OK nor ERR"}
		}
		return nil
	})
}

// Raw sends any admin line and calls each for every line of the answer, including a final "."; the line is valid until each
// returns. An ECHO_REQ after the command marks the end, so the answer may have any form. An error of each ends the operation
// and is returned unchanged.
func (c *Conn) Raw(ctx context.Context, line string, each func(line []byte) error) error {
	return c.admin(ctx, line, toEcho, func(line []byte) error { return fromCallback(each(line)) })
}
