package archive

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

// unzstd decompresses up to 1 MiB of what r has.
func unzstd(t testing.TB, r io.Reader) ([]byte, error) {
	t.Helper()
	z, err := newZstdReader(bufio.NewReader(r))
	if err != nil {
		return nil, err
	}
	var out []byte
	for block := make([]byte, 10_000); len(out) < 1<<20; {
		n, err := z.Read(block)
		out = append(out, block[:n]...)
		if err != nil {
			return out, err
		}
		if n == 0 {
			t.Fatal("nothing was read, and there is no error")
		}
	}
	return out, nil
}

// FuzzZstdReader decompresses anything: what the library decompresses at once, the same comes in pieces; what is cut is a part of
// the whole, and said to be cut if the whole was good; and errors are those that callers know.
func FuzzZstdReader(f *testing.F) {
	var seeds bytes.Buffer
	w, err := newZstdWriter(&seeds)
	if err != nil {
		f.Fatal(err)
	}
	for range 3 {
		w.Write(bytes.Repeat([]byte(`{"v":1,"queue":"q","data":"eA=="}`+"\n"), 5))
		w.Flush()
	}
	w.Close()
	one := bytes.Clone(seeds.Bytes())
	for _, b := range [][]byte{
		one, one[:len(one)/2], append(bytes.Clone(one), one...), append(one[:len(one)/2:len(one)/2], 0, 0, 0, 0, 0),
		append([]byte{0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 7}, one...),
		{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 0, 0, 0},
		{0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 1, 0, 0, 0},
	} {
		f.Add(b, 7)
	}
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		all, err := unzstd(t, bytes.NewReader(b))
		if damaged := (*damagedError)(nil); err != nil && !errors.As(err, &damaged) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, ErrWindow) {
			t.Fatalf("the error is %v", err)
		}
		d, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxZstdWindow))
		defer d.Close()
		if want, whole := d.DecodeAll(b, nil); whole == nil && len(want) < 1<<20 && (!errors.Is(err, io.EOF) || !bytes.Equal(all, want)) {
			t.Fatalf("read %d bytes and %v, and all at once %d", len(all), err, len(want))
		}
		slow, slowErr := unzstd(t, iotest.OneByteReader(bytes.NewReader(b)))
		if !bytes.Equal(slow, all) || (slowErr == nil) != (err == nil) || err != nil && slowErr.Error() != err.Error() {
			t.Fatalf("read %d bytes and %v, and byte by byte %d and %v", len(all), err, len(slow), slowErr)
		}
		if cut < 0 || cut >= len(b) {
			return
		}
		part, partErr := unzstd(t, bytes.NewReader(b[:cut]))
		if !bytes.HasPrefix(all, part) || errors.Is(err, io.EOF) && !errors.Is(partErr, io.EOF) && !errors.Is(partErr, io.ErrUnexpectedEOF) {
			t.Fatalf("of %d bytes %d are read, and %v; after a cut %d, and %v", len(b), len(all), err, len(part), partErr)
		}
	})
}
