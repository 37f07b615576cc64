package commands

import (
	"strings"
	"testing"
)

func TestHelpWriter(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	h := &helpWriter{w: &b, width: 20}
	h.paragraphs("one two three four\nfive six\n\n  as it\n  is\n")
	h.list([][2]string{{"  -a", "uno dos tres cuatro"}, {"  --bb", ""}, {"  --" + strings.Repeat("c", 40), "text"}})
	want := "one two three four\nfive six\n\n  as it\n  is\n  -a    uno dos tres\n        cuatro\n  --bb\n  --" + strings.Repeat("c", 40) + "\n        text\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
