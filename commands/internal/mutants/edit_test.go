package main

import "testing"

func TestApply(t *testing.T) {
	for _, tt := range []struct {
		src   string
		edits []edit
		want  string
	}{
		{"abc", nil, "abc"},
		{"abc", []edit{{from: 1, to: 2, before: "<", after: ">"}}, "a<b>c"},
		{"abc", []edit{{from: 1, to: 2, before: "(", after: ")"}, {from: 1, to: 2, before: "<", after: ">"}}, "a(<b>)c"},
		{"abc", []edit{{from: 1, to: 2, before: "<", after: ">"}, {from: 0, to: 2, before: "(", after: ")"}}, "(a<b>)c"},
		{"abc", []edit{{from: 1, to: 3, before: "(", after: ")"}, {from: 1, to: 2, before: "<", after: ">"}}, "a(<b>c)"},
		{"abc", []edit{{from: 0, to: 1, before: "(", after: ")"}, {from: 1, to: 2, before: "<", after: ">"}}, "(a)<b>c"},
		{"a+b", []edit{{from: 1, to: 2, before: ",", replace: true}, {from: 0, to: 3, before: "f(", after: ")"}}, "f(a,b)"},
		{"abc", []edit{{from: 1, to: 2, after: "!", trailing: true}, {from: 1, to: 2, before: "<", after: ">"}}, "a<b>!c"},
		{"abc", []edit{{from: 1, to: 2, after: "!", trailing: true}, {from: 0, to: 2, before: "<", after: ">"}}, "<ab!>c"},
	} {
		if got := string(apply([]byte(tt.src), tt.edits)); got != tt.want {
			t.Errorf("%q with %v: %q, want %q", tt.src, tt.edits, got, tt.want)
		}
	}
}
