package webconfig

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"go.yaml.in/yaml/v3"
)

// httpSettings is the section http_server_config.
type httpSettings struct {
	http2   bool
	headers []header
}

// header is a header of every answer.
type header struct{ name, value string }

func (h *httpSettings) set(key string, value *yaml.Node) error {
	switch key {
	case "http2":
		return setBool(&h.http2, value)
	case "headers":
		return fields(value, h.setHeader)
	}
	return errUnknownKey()
}

// setHeader takes a header by its exact name. A blank one is not sent.
func (h *httpSettings) setHeader(name string, n *yaml.Node) error {
	value, err := text(n)
	if err != nil {
		return err
	}
	switch name {
	case "X-Content-Type-Options":
		err = oneOf(value, "nosniff")
	case "X-Frame-Options":
		err = oneOf(value, "deny", "sameorigin")
	case "Content-Security-Policy", "Strict-Transport-Security", "X-XSS-Protection":
		value, err = headerText(value)
	default:
		err = errors.New("is not a header that can be set")
	}
	if err == nil && value != "" {
		h.headers = append(h.headers, header{name, value})
	}
	return err
}

func oneOf(value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a || value == "" {
			return nil
		}
	}
	return fmt.Errorf("%s is not %s", quoted(value), strings.Join(allowed, " or "))
}

// headerText takes the spaces and line ends off that YAML leaves around a block of text. One inside would break the
// answer.
func headerText(value string) (string, error) {
	value = strings.TrimSpace(value)
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return "", errors.New("is not of one line")
	}
	return value, nil
}

func (h *httpSettings) addTo(answer http.Header) {
	for _, header := range h.headers {
		answer.Set(header.name, header.value)
	}
}
