package servertest

import (
	"bytes"
	"encoding/json"
	"testing"
)

// vector is a line of wire/modgearman/testdata: a payload recorded from an original Mod-Gearman tool.
type vector struct {
	Data string `json:"data"`
}

// Vectors returns the payloads of a file in wire/modgearman/testdata.
func Vectors(t testing.TB, name string) []string {
	t.Helper()
	data := RepositoryFile(t, "wire/modgearman/testdata/"+name)
	var list []string
	for d := json.NewDecoder(bytes.NewReader(data)); d.More(); {
		var v vector
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v.Data)
	}
	return list
}
