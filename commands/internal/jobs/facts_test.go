package jobs

import (
	"testing"
	"time"

	"gearctl/wire/modgearman"
)

func encoded(t *testing.T, text string, key modgearman.Key) []byte {
	t.Helper()
	b, err := modgearman.Encode([]byte(text), key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReadFacts(t *testing.T) {
	t.Parallel()
	key, err := modgearman.NewKey([]byte("a_key_of_a_test"))
	if err != nil {
		t.Fatal(err)
	}
	at := func(sec int64) time.Time { return time.Unix(sec, 0) }
	for _, c := range []struct {
		name string
		text string
		want Facts
	}{
		{
			"service check",
			"type=service\nresult_queue=check_results\nhost_name=web1\nservice_description=disk /\nstart_time=5.0\ncore_time=1700000000.5\ntimeout=60\ncommand_line=/bin/check -w 5\n\n\n",
			Facts{Kind: modgearman.KindService, Host: "web1", Service: "disk /", Command: "/bin/check -w 5", ResultQueue: "check_results", Time: at(1700000000).Add(time.Second / 2)},
		},
		{
			"result",
			"host_name=web1\ncore_start_time=1700000001.0\nstart_time=1700000002.0\nfinish_time=1700000003.0\nreturn_code=2\nexited_ok=1\nsource=w\nservice_description=load\noutput=CRITICAL\\nmore\n\n\n",
			Facts{Kind: modgearman.KindResult, Host: "web1", Service: "load", Output: "CRITICAL\nmore", Time: at(1700000001)},
		},
		{
			"performance data",
			"DATATYPE::SERVICEPERFDATA\tTIMET::1700000004\tHOSTNAME::db1\tSERVICEDESC::load\tSERVICEPERFDATA::load1=1\tSERVICECHECKCOMMAND::check_load!1\n\n",
			Facts{Kind: modgearman.KindPerfdata, Host: "db1", Service: "load", Command: "check_load!1", Time: at(1700000004)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ReadFacts(encoded(t, c.text, key), []modgearman.Key{key})
			if !got.Time.Equal(c.want.Time) {
				t.Errorf("time %v, want %v", got.Time, c.want.Time)
			}
			got.Time, c.want.Time = time.Time{}, time.Time{}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if again := ReadFacts(encoded(t, c.text, key), nil); again.Err == nil {
				t.Errorf("without the key: %+v", again)
			}
		})
	}
	if got := ReadFacts([]byte("no base64!"), nil); got.Err == nil {
		t.Errorf("text: %+v", got)
	}
}
