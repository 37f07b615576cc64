package modgearman

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"testing"
)

// reasonOf returns why a job was not opened, 0 if it was.
func reasonOf(err error) Reason {
	var e *DecodeError
	if errors.As(err, &e) {
		return e.Reason
	}
	return 0
}

// TestAWrongKeyNeverOpensAJob decodes 100,000 jobs of random blocks, which is what a wrong key makes of any job, without a
// key and with one to three.
func TestAWrongKeyNeverOpensAJob(t *testing.T) {
	t.Parallel()
	rng := rand.NewChaCha8([32]byte{12})
	keys := []Key{mustKey(t, "one wrong key"), {}, mustKey(t, "another wrong key"), mustKey(t, "k")}
	raw := make([]byte, 10*blockSize)
	data := make([]byte, base64.StdEncoding.EncodedLen(len(raw)))
	for i := range 100_000 {
		given := keys[:i%5]
		size := blockSize
		if i%4 == 3 {
			size *= 1 + i%10
		}
		_, _ = rng.Read(raw[:size])
		n := base64.StdEncoding.EncodedLen(size)
		base64.StdEncoding.Encode(data, raw[:size])
		want := ReasonWrongKey
		if len(given) == 0 {
			want = ReasonNoKey
		}
		if p, err := Decode(data[:n], given...); reasonOf(err) != want || p.Key != -1 || p.Text != nil {
			t.Fatalf("job %d of %d random bytes: a wrong key must not open it: got %+v, %v, want the reason %v", i, size, p, err, want)
		}
	}
}

// TestAWrongKeyNeverOpensARealJob encrypts texts of any length with one key and decodes them with others: none of 3,000 keys
// opens one, and the right key opens it among them.
func TestAWrongKeyNeverOpensARealJob(t *testing.T) {
	t.Parallel()
	right := mustKey(t, labKey)
	long := []byte("type=service\nresult_queue=check_results\nhost_name=web01\nservice_description=disk /\ncommand_line=/usr/lib/nagios/plugins/check_disk -w 20%\n\n\n")
	for n := len("type="); n <= len(long); n++ {
		text := long[:n]
		data, err := Encode(text, right)
		if err != nil {
			t.Fatal(err)
		}
		var keys []Key
		for i := range 20 {
			keys = append(keys, mustKey(t, labKey[:len(labKey)-1]+string(rune('A'+i))))
		}
		if p, err := Decode(data, keys...); reasonOf(err) != ReasonWrongKey {
			t.Errorf("%d bytes: a key that differs in its last byte must not open it: got %+v, %v", n, p, err)
		}
		if p, err := Decode(data, append(keys, right)...); err != nil || p.Key != len(keys) || p.Form != FormEncrypted || !bytes.Equal(p.Text, bytes.TrimRight(text, "\n")) && !bytes.Equal(p.Text, text) {
			t.Errorf("%d bytes: the right key after wrong ones must open it: got %+v, %v", n, p, err)
		}
		if p, err := Decode(data); reasonOf(err) != ReasonNoKey {
			t.Errorf("%d bytes: without a key it must not be opened: got %+v, %v", n, p, err)
		}
		clearText := base64.StdEncoding.EncodeToString(text)
		if p, err := Decode([]byte(clearText), keys...); err != nil || p.Form != FormClear || p.Key != -1 {
			t.Errorf("%d bytes in clear need no key: got %+v, %v", n, p, err)
		}
		// Cut anywhere but between blocks, it is damaged, whatever the key.
		cut, _ := base64.StdEncoding.DecodeString(string(data))
		if p, err := Decode([]byte(base64.StdEncoding.EncodeToString(cut[:len(cut)-1])), keys...); reasonOf(err) != ReasonLength || err.(*DecodeError).FittingKey != -1 {
			t.Errorf("%d bytes, cut, with wrong keys: got %+v, %v, want the reason length and no key that fits", n, p, err)
		}
	}
}

// TestTheThresholdLeavesRoom: of random blocks that a wrong key makes, none comes near to what counts as text, and the texts
// that are opened are far above it.
func TestTheThresholdLeavesRoom(t *testing.T) {
	t.Parallel()
	if threshold < 24 {
		t.Errorf("the threshold is %v bits: of a hundred million random blocks more than a few would count as text", threshold)
	}
	for _, p := range prefixes {
		if len(p) < 5 {
			t.Errorf("the prefix %q alone is evidence, and random blocks begin so too often", p)
		}
	}
	if got := evidence([]byte("type=passive\n\x00\x00\x00")); got < threshold {
		t.Errorf("a short job has %v bits, under the threshold", got)
	}
}
