package webconfig

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// fields calls set for each key of the mapping n, in the order of the file, and puts the key in front of its errors.
// A key that is given twice is an error. Nothing in the place of the mapping is an empty one.
func fields(n *yaml.Node, set func(key string, value *yaml.Node) error) error {
	n = target(n)
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return errors.New("is not a mapping of keys to values")
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, err := text(n.Content[i])
		if err != nil || isNull(target(n.Content[i])) {
			return errors.New("holds a key that is not a plain word")
		}
		if seen[key] {
			return fmt.Errorf("%s: is given twice", shown(key))
		}
		seen[key] = true
		if err := set(key, n.Content[i+1]); err != nil {
			return fmt.Errorf("%s: %w", shown(key), err)
		}
	}
	return nil
}

func errUnknownKey() error { return errors.New("unknown key") }

// target returns what an alias stands for.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// text returns a single value as it is written: also a number or a date is text. Nothing is the empty text.
func text(n *yaml.Node) (string, error) {
	n = target(n)
	if n.Kind == yaml.ScalarNode {
		switch n.ShortTag() {
		case "!!null":
			return "", nil
		case "!!str", "!!int", "!!float", "!!bool", "!!timestamp":
			return n.Value, nil
		}
	}
	return "", errors.New("is not a text")
}

// setText reads a text into place.
func setText(place *string, n *yaml.Node) (err error) {
	*place, err = text(n)
	return err
}

// setBool reads a truth value into place, in any of the words that YAML 1.1 has for it. Nothing leaves it as it is.
func setBool(place *bool, n *yaml.Node) error {
	word, err := text(n)
	if err != nil || isNull(target(n)) {
		return err
	}
	if target(n).Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 {
		switch strings.ToLower(word) {
		case "true", "yes", "on", "y":
			*place = true
			return nil
		case "false", "no", "off", "n":
			*place = false
			return nil
		}
	}
	return errors.New("is neither true nor false")
}

// setDuration reads a time such as 1s into place. Nothing leaves it as it is. A number without a unit is an error unless
// it is 0; the toolkit takes it for nanoseconds.
func setDuration(place *time.Duration, n *yaml.Node) error {
	word, err := text(n)
	if err != nil || isNull(target(n)) {
		return err
	}
	d, err := time.ParseDuration(word)
	if err != nil {
		return fmt.Errorf("%s is not a time such as 500ms or 1s", quoted(word))
	}
	*place = d
	return nil
}

// setCount reads a whole number into place. Nothing leaves it as it is.
func setCount(place *int, n *yaml.Node) error {
	word, err := text(n)
	if err != nil || isNull(target(n)) {
		return err
	}
	count, err := strconv.ParseInt(word, 0, 32)
	if err != nil || target(n).ShortTag() != "!!int" {
		return fmt.Errorf("%s is not a whole number", quoted(word))
	}
	*place = int(count)
	return nil
}

// texts returns the values of a list. Nothing is an empty list.
func texts(n *yaml.Node) ([]string, error) {
	n = target(n)
	if isNull(n) {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, errors.New("is not a list")
	}
	list := make([]string, 0, len(n.Content))
	for _, item := range n.Content {
		s, err := text(item)
		if err != nil {
			return nil, fmt.Errorf("an entry %w", err)
		}
		list = append(list, s)
	}
	return list, nil
}

// setList reads a list into place, each entry by what is called to know it.
func setList[T any](place *[]T, n *yaml.Node, what string, known func(name string) (T, bool)) error {
	names, err := texts(n)
	if err != nil {
		return err
	}
	for _, name := range names {
		v, ok := known(name)
		if !ok {
			return fmt.Errorf("unknown %s %s", what, quoted(name))
		}
		*place = append(*place, v)
	}
	return nil
}

// shown is a key for a message: quoted when it is not a plain word.
func shown(key string) string {
	for _, r := range key {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-') {
			return quoted(key)
		}
	}
	if key == "" || len(key) > longestShown {
		return quoted(key)
	}
	return key
}

// longestShown is the longest value that a message shows.
const longestShown = 50

// quoted is a value for a message. What may be a hash or a key in the wrong place is not shown.
func quoted(s string) string {
	if len(s) > longestShown || strings.Contains(s, "$") || strings.Contains(s, "-----") {
		return "(not shown, it may be a secret)"
	}
	return strconv.Quote(s)
}
