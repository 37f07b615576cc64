package compat

import (
	"fmt"
	"slices"
	"strings"
)

// longOption is an option as gearadmin's parser (boost program_options) knows it.
type longOption struct {
	name  string
	short byte // 0: none
	value bool // it takes one
}

// longOptions are the options of a command line: abbreviated names, -p4730, -Sp 4730, --port=4730 and --port 4730 are all
// taken. Words that are no options are ignored, as that parser does.
type longOptions map[string]string

// parseLong parses args as boost's parse_command_line does. The error is worded as there.
func parseLong(known []longOption, args []string) (longOptions, error) {
	p := &longParser{known: known, found: longOptions{}, rest: args}
	for len(p.rest) > 0 {
		word := p.rest[0]
		p.rest = p.rest[1:]
		var err error
		switch {
		case word == "--":
			return p.found, nil
		case strings.HasPrefix(word, "--"):
			err = p.long(word)
		case len(word) > 1 && word[0] == '-':
			err = p.short(word)
		}
		if err != nil {
			return nil, err
		}
	}
	return p.found, nil
}

type longParser struct {
	known []longOption
	found longOptions
	rest  []string
}

func (p *longParser) long(word string) error {
	name, value, given := strings.Cut(word, "=")
	o, err := p.guess(name)
	switch {
	case err != nil:
		return err
	case given && value == "":
		return fmt.Errorf("the argument for option '--%s' should follow immediately after the equal sign", o.name)
	case given && !o.value:
		return fmt.Errorf("option '--%s' does not take any arguments", o.name)
	case given || !o.value:
		return p.set(o, value)
	}
	return p.next(o)
}

// guess returns the option of a name or of its beginning.
func (p *longParser) guess(typed string) (longOption, error) {
	var like []longOption
	for _, o := range p.known {
		if "--"+o.name == typed {
			return o, nil
		}
		if strings.HasPrefix("--"+o.name, typed) {
			like = append(like, o)
		}
	}
	switch len(like) {
	case 0:
		return longOption{}, fmt.Errorf("unrecognised option '%s'", typed)
	case 1:
		return like[0], nil
	}
	var names []string
	for _, o := range like {
		names = append(names, "'--"+o.name+"'")
	}
	slices.Sort(names)
	last := len(names) - 1
	return longOption{}, fmt.Errorf("option '%s' is ambiguous and matches %s, and %s", typed, strings.Join(names[:last], ", "), names[last])
}

// short parses a group of short options, of which the last may have a value.
func (p *longParser) short(word string) error {
	for i := 1; i < len(word); i++ {
		at := slices.IndexFunc(p.known, func(o longOption) bool { return o.short == word[i] })
		if at < 0 {
			return fmt.Errorf("unrecognised option '-%s'", word[i:])
		}
		o := p.known[at]
		switch {
		case !o.value:
			if err := p.set(o, ""); err != nil {
				return err
			}
			continue
		case i+1 < len(word):
			return p.set(o, word[i+1:])
		}
		return p.next(o)
	}
	return nil
}

// next takes the next word as the value.
func (p *longParser) next(o longOption) error {
	if len(p.rest) == 0 {
		return fmt.Errorf("the required argument for option '--%s' is missing", o.name)
	}
	value := p.rest[0]
	p.rest = p.rest[1:]
	return p.set(o, value)
}

func (p *longParser) set(o longOption, value string) error {
	if _, again := p.found[o.name]; again {
		return fmt.Errorf("option '--%s' cannot be specified more than once", o.name)
	}
	p.found[o.name] = value
	return nil
}
