package top

import (
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
)

// prompt is a question on the screen. Nothing is done before it is answered, and Esc takes it back.
type prompt struct {
	question string // escaped
	typed    bool   // answered by a text, else by y
	text     string // so far
	refused  string // why the last text is none
	// answered returns the next question or what to run, or why a text is not an answer; nil: there is nothing to answer.
	answered func(text string) answer
}

// answer is what follows an answered question, one of the three.
type answer struct {
	next    *prompt
	run     *onServers
	refused string
}

// onServers is a command line and the servers that it is for.
type onServers struct {
	servers []string
	line    cmderr.CmdLine
}

// lines returns the question as it is shown.
func (p *prompt) lines(width int, g *glyphs) []string {
	text := g.escape(p.question)
	switch {
	case p.answered == nil:
		text += " [any key]"
	case p.typed:
		text += " " + g.escape(p.text) + "_"
	default:
		text += " [y/N]"
	}
	lines := wrap(text, width)
	if p.refused != "" {
		lines = append(wrap(p.refused, width), lines...)
	}
	return lines
}

// asks reports whether the screen is large enough to ask; a question that cannot be read cannot be answered.
func (s *state) asks() bool { return len(s.prompt.lines(s.width, &s.glyphs)) < s.height }

// promptLines returns the last lines of the screen.
func (s *state) promptLines(width, n int, p *output.Palette) []string {
	lines := []string{output.Fit("no room to ask: enlarge the window", width, false)}
	if s.asks() {
		lines = s.prompt.lines(width, &s.glyphs)
	}
	for i := range lines {
		lines[i] = p.Paint(output.Bold, lines[i])
	}
	return lines[:min(n, len(lines))]
}

// promptKey handles a key while a question is asked.
func (s *state) promptKey(name, text string) action {
	p := s.prompt
	yes := name == "enter" && p.typed || (text == "y" || text == "Y") && !p.typed
	switch {
	case name == "esc", p.answered == nil, !s.asks():
		s.prompt = nil
	case yes:
		return s.answer(p.answered(strings.TrimSpace(p.text)))
	case p.typed:
		edit(&p.text, name, text)
	default:
		s.prompt = nil
	}
	return actionNone
}

func (s *state) answer(a answer) action {
	if a.refused != "" {
		s.prompt.refused = a.refused
		return actionNone
	}
	s.prompt, s.run = a.next, a.run
	if a.run != nil {
		return actionRun
	}
	return actionNone
}
