package modgearman

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func benchResult() Result {
	return Result{
		Passive: true, Host: "web01", Service: "disk", Start: at(1700000000250000), Finish: at(1700000001500000),
		Output: "DISK OK - 42% used|/=42%;80;90;0;100",
	}
}

// BenchmarkEncode10000Results is the target of 50 ms for ten thousand encrypted results, text and all.
func BenchmarkEncode10000Results(b *testing.B) {
	key, r := mustKey(b, labKey), benchResult()
	var text, data []byte
	b.ReportAllocs()
	for b.Loop() {
		for range 10_000 {
			var err error
			if text, err = r.AppendText(text[:0]); err != nil {
				b.Fatal(err)
			}
			if data, err = AppendEncode(data[:0], text, key); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.SetBytes(int64(10_000 * len(data)))
}

func BenchmarkEncodeFresh(b *testing.B) {
	key := mustKey(b, labKey)
	text, _ := benchResult().AppendText(nil)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Encode(text, key)
	}
}

func BenchmarkDecode(b *testing.B) {
	key := mustKey(b, labKey)
	text, _ := benchResult().AppendText(nil)
	data, _ := Encode(text, key)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		p, err := Decode(data, key)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Result(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeWrongKey(b *testing.B) {
	text, _ := benchResult().AppendText(nil)
	data, _ := Encode(text, mustKey(b, labKey))
	wrong := mustKey(b, "wrong")
	for b.Loop() {
		_, _ = Decode(data, wrong)
	}
}

func BenchmarkEncode10MiB(b *testing.B) {
	key := mustKey(b, labKey)
	text := []byte(strings.Repeat("x", 10<<20))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		_, _ = Encode(text, key)
	}
}

func BenchmarkParseResultLine(b *testing.B) {
	line := []byte("web01\tdisk\t0\tDISK OK - 42% used|/=42%;80;90;0;100\n")
	b.ReportAllocs()
	for b.Loop() {
		_, _ = ParseResultLine(line, 1, "\t")
	}
}

// manyObjects is a cache of 100,000 services on 2,000 hosts with groups.
func manyObjects() string {
	var b strings.Builder
	b.WriteString("# NAGIOS OBJECT CACHE FILE\ndefine hostgroup {\n\thostgroup_name\tall\n\tmembers\t")
	for h := range 2000 {
		fmt.Fprintf(&b, "host%d,", h)
	}
	b.WriteString("\n\t}\n\n")
	for h := range 2000 {
		fmt.Fprintf(&b, "define host {\n\thost_name\thost%d\n\talias\tsome host\n\taddress\t10.0.0.1\n\tcheck_command\tping\n\t"+
			"check_interval\t5.000000\n\tactive_checks_enabled\t1\n\t}\n\n", h)
	}
	for s := range 100_000 {
		fmt.Fprintf(&b, "define service {\n\thost_name\thost%d\n\tservice_description\tservice %d\n\tdisplay_name\tx\n\tcheck_period\t24x7\n"+
			"\tcheck_command\tcheck_nrpe!a!b\n\tcontact_groups\tadmins\n\tinitial_state\to\n\timportance\t0\n\tcheck_interval\t1.000000\n"+
			"\tretry_interval\t1.000000\n\tmax_check_attempts\t3\n\tis_volatile\t0\n\tactive_checks_enabled\t1\n\tpassive_checks_enabled\t1\n"+
			"\tnotification_options\tr,w,u,c\n\tservicegroups\tsg%d\n\t_TAG\tv\n\t}\n\n", s%2000, s/2000, s%7)
	}
	return b.String()
}

func BenchmarkReadObjects(b *testing.B) {
	text := manyObjects()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := ReadObjects(strings.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlan(b *testing.B) {
	o, err := ReadObjects(strings.NewReader(manyObjects()))
	if err != nil {
		b.Fatal(err)
	}
	rules := RouteConfig{
		CustomVariable: "WORKER", Servicegroups: []string{"sg1", "sg2"}, Hostgroups: []string{"all"}, Hosts: true, Services: true, DoHostchecks: true,
	}
	for b.Loop() {
		o.Plan(rules, time.Minute)
	}
}
