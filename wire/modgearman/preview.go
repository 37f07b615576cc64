package modgearman

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const (
	maxPreview     = 100     // characters of a text
	maxPreviewJSON = 4 << 20 // bytes that are parsed
)

// phpSerialized matches the start of what PHP's serialize writes.
var phpSerialized = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[aOC]:\d+:[{"]|s:\d+:"|[id]:-?[\d.]+;|b:[01];|N;)`)
})

// Preview describes on one line a workload that no program of Mod-Gearman sent: the events of Statusengine, other JSON,
// serialized PHP, or the start of a text. It is empty for anything else, and for packets of Mod-Gearman.
func Preview(data []byte) string {
	text := bytes.Trim(data, " \t\r\n\x00")
	if len(text) == 0 {
		return ""
	}
	if s := previewJSON(text); s != "" {
		return s
	}
	start := startOf(text)
	switch {
	case start == "" || prefixBits(text) > 0:
		return ""
	case phpSerialized().Match(text):
		return "PHP: " + start
	}
	return start
}

// startOf returns the first characters of a text, or nothing if they are not printable.
func startOf(text []byte) string {
	var b strings.Builder
	for n := 0; len(text) > 0; n++ {
		if n == maxPreview {
			b.WriteString("…")
			break
		}
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n', r == '\t', r == '\r':
			r = ' '
		case r == utf8.RuneError && size == 1, !unicode.IsPrint(r):
			return ""
		}
		b.WriteRune(r)
		text = text[size:]
	}
	return b.String()
}

func previewJSON(text []byte) string {
	if text[0] != '{' && text[0] != '[' || len(text) > maxPreviewJSON {
		return ""
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) == nil {
		if s := previewStatusengine(object); s != "" {
			return s
		}
	}
	var compact bytes.Buffer
	if json.Compact(&compact, text) != nil {
		return ""
	}
	return "JSON: " + startOf(compact.Bytes())
}

// previewStatusengine describes the events of Statusengine's broker module: {"messages":[EVENT,…]}, or a single one from
// older versions. An EVENT has a type, a timestamp, and what happened under the name of its kind.
func previewStatusengine(object map[string]json.RawMessage) string {
	var events []map[string]json.RawMessage
	if list, ok := object["messages"]; !ok {
		events = append(events, object)
	} else if json.Unmarshal(list, &events) != nil {
		return ""
	}
	kinds, hosts, services := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, event := range events {
		kind, host, service := statusengineEvent(event)
		if kind == "" {
			return ""
		}
		kinds[kind] = true
		if host != "" {
			hosts[host] = true
		}
		if service != "" {
			services[host+";"+service] = true
		}
	}
	if len(events) == 0 {
		return ""
	}
	return fmt.Sprintf("Statusengine %s: %s%s%s", strings.Join(slices.Sorted(maps.Keys(kinds)), ", "), counted(len(events), "event"),
		named(hosts, "host"), named(services, "service"))
}

func statusengineEvent(event map[string]json.RawMessage) (kind, host, service string) {
	if event["type"] == nil || event["timestamp"] == nil {
		return "", "", ""
	}
	for _, name := range slices.Sorted(maps.Keys(event)) {
		var about map[string]any
		if json.Unmarshal(event[name], &about) != nil || about == nil {
			continue
		}
		text := func(key string) string { s, _ := about[key].(string); return s }
		host, service = cmp.Or(text("host_name"), text("hostname")), cmp.Or(text("service_description"), text("servicedesc"))
		switch name {
		case "hoststatus":
			host = cmp.Or(host, text("name"))
		case "servicestatus":
			service = cmp.Or(service, text("description"))
		}
		return name, host, service
	}
	return "", "", ""
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// named counts names and lists the first.
func named(names map[string]bool, what string) string {
	if len(names) == 0 {
		return ""
	}
	const shown = 3
	list := slices.Sorted(maps.Keys(names))
	for i, name := range list {
		if runes := []rune(name); len(runes) > maxPreview {
			list[i] = string(runes[:maxPreview]) + "…"
		}
	}
	if len(list) > shown {
		list = append(list[:shown], "…")
	}
	return fmt.Sprintf(", %s (%s)", counted(len(names), what), strings.Join(list, ", "))
}
