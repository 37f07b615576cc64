package modgearman

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// ErrNoChildren means that the input has no child check with a number other than 0.
var ErrNoChildren = errors.New("no check_multi child found; run check_multi with -r 256")

var (
	childOpen   = []byte("<CHILD>")
	childClose  = []byte("</CHILD>")
	xmlEntities = strings.NewReplacer("&gt;", ">", "&lt;", "<", "&amp;", "&", "&#039;", "'", "&#124;", "|",
		"&quot;", `"`, "&apos;", "'")
)

// ParseCheckMulti parses the XML report of check_multi as send_multi does. It calls fn for each child, in order, with its
// position n in the report, from 1, and either a passive result or an error. The result's Finish is now, its Start is now
// minus the child's run time. Children numbered 0 (check_multi itself) are skipped, whatever else they lack. An error of fn or r, and a child of more
// than MaxOutput bytes, end it at once. Without any child the error is ErrNoChildren. One child is in memory at a time.
func ParseCheckMulti(r io.Reader, host string, now time.Time, fn func(n int, r Result, err error) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 64<<10), MaxOutput)
	s.Split(splitChildren)
	n, handed := 0, 0
	for s.Scan() {
		n++
		result, skip, err := parseChild(s.Bytes(), host, now)
		if skip {
			continue
		}
		if err := fn(n, result, err); err != nil {
			return err
		}
		handed++
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("read check_multi child %d: %w", n+1, err)
	}
	if handed == 0 {
		return ErrNoChildren
	}
	return nil
}

// splitChildren is a bufio.SplitFunc. Its tokens are the texts between <CHILD> and </CHILD>.
func splitChildren(data []byte, atEOF bool) (int, []byte, error) {
	start := bytes.Index(data, childOpen)
	if start < 0 {
		if atEOF {
			return len(data), nil, nil
		}
		return max(0, len(data)-len(childOpen)+1), nil, nil
	}
	body := data[start+len(childOpen):]
	end := bytes.Index(body, childClose)
	switch {
	case end >= 0:
		return start + len(childOpen) + end + len(childClose), body[:end], nil
	case atEOF:
		return 0, nil, errors.New("the closing tag </CHILD> is missing")
	}
	return start, nil, nil
}

func parseChild(body []byte, host string, now time.Time) (r Result, skip bool, err error) {
	// The head child describes check_multi itself and may lack every other element.
	if number, ok := element(body, "no"); ok && strings.TrimSpace(number) == "0" {
		return r, true, nil
	}
	var missing string
	text := func(tag string) string {
		value, ok := element(body, tag)
		if !ok && missing == "" {
			missing = tag
		}
		return value
	}
	_, name, rc := text("no"), text("name"), text("rc")
	runtime, output, stderr := text("runtime"), text("output"), text("error")
	if missing != "" {
		return Result{}, false, fmt.Errorf("the element <%s> is missing", missing)
	}
	if name == "" {
		return r, false, errors.New("<name> is empty, and the result would be the host's")
	}
	code, err := strconv.Atoi(strings.TrimSpace(rc))
	if err != nil {
		return r, false, errors.New("<rc> is not a number")
	}
	if code < 0 || code > 3 {
		return r, false, fmt.Errorf("<rc> is %d: %w", code, errReturnCode)
	}
	if stderr != "" {
		output += " [" + stderr + "]"
	}
	return Result{
		Layout: LayoutMulti, Passive: true, Host: host, Service: name, ReturnCode: code, Source: "send_multi",
		Start: now.Add(-parseDuration([]byte(runtime))), Finish: now, Output: output + childPerfdata(body, name),
	}, false, nil
}

// childPerfdata prefixes the performance data with child and plugin, as send_multi does: |name::plugin::label=…
func childPerfdata(body []byte, name string) string {
	perf, ok := element(body, "performance")
	plugin, named := element(body, "pplugin")
	if !ok || !named || perf == "" {
		return ""
	}
	prefix := "|"
	if quoted, ok := strings.CutPrefix(perf, "'"); ok {
		prefix, perf = "|'", quoted
	}
	return prefix + name + "::" + plugin + "::" + perf
}

// element returns the text of the first element tag, with entities decoded.
func element(body []byte, tag string) (string, bool) {
	_, rest, ok := bytes.Cut(body, []byte("<"+tag+">"))
	if !ok {
		return "", false
	}
	value, _, ok := bytes.Cut(rest, []byte("</"+tag+">"))
	return xmlEntities.Replace(string(value)), ok
}
