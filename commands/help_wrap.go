package commands

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// helpWriter writes help in lines of at most width columns, where no single word is longer.
type helpWriter struct {
	w     io.Writer
	width int
}

// maxIndent returns the widest left column of a list, at most 34 and less where that leaves too little for the text. The
// text of a longer entry begins on the next line.
func (h *helpWriter) maxIndent() int { return min(34, max(8, h.width-46)) }

// paragraphs writes text with its lines filled up. A paragraph with a line that begins with a blank stays as it is.
func (h *helpWriter) paragraphs(text string) {
	for i, p := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			fmt.Fprintln(h.w)
		}
		if strings.HasPrefix(p, " ") || strings.Contains(p, "\n ") {
			fmt.Fprintln(h.w, p)
			continue
		}
		h.hanging("", 0, p)
	}
}

// list writes entries, each of a name and a text, in two columns.
func (h *helpWriter) list(entries [][2]string) {
	widest, indent := h.maxIndent(), 0
	for _, e := range entries {
		if n := utf8.RuneCountInString(e[0]) + 2; n <= widest {
			indent = max(indent, n)
		}
	}
	if indent == 0 {
		indent = widest
	}
	for _, e := range entries {
		h.hanging(e[0], indent, e[1])
	}
}

// hanging writes first and the words of text from column indent on.
func (h *helpWriter) hanging(first string, indent int, text string) {
	line, column := first, utf8.RuneCountInString(first)
	if column+2 > indent && column > 0 {
		fmt.Fprintln(h.w, line)
		line, column = "", 0
	}
	pad := indent - column // before the next word
	column = indent
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if column > indent && column+1+n > h.width {
			fmt.Fprintln(h.w, line)
			line, pad, column = "", indent, indent
		}
		if column > indent {
			pad = 1
			column++
		}
		line += strings.Repeat(" ", pad) + word
		column += n
	}
	fmt.Fprintln(h.w, line)
}
