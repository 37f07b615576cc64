package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ByteSize is the value of a flag for a number of bytes: 4096, 64KiB, 64MiB, 1GiB, 2TiB.
type ByteSize int64

// packetSize is a byteSize that a packet can have.
type packetSize int64

var byteUnits = []struct {
	suffix string
	size   float64
}{
	{"kib", 1 << 10},
	{"mib", 1 << 20},
	{"gib", 1 << 30},
	{"tib", 1 << 40},
	{"kb", 1e3},
	{"mb", 1e6},
	{"gb", 1e9},
	{"tb", 1e12},
	{"k", 1 << 10},
	{"m", 1 << 20},
	{"g", 1 << 30},
	{"t", 1 << 40},
	{"b", 1},
	{"", 1},
}

// Set reads a size of at least 1 byte.
func (b *ByteSize) Set(s string) error {
	v, err := ReadSize(s)
	if err != nil {
		return err
	}
	if v < 1 || v > 1<<62 {
		return fmt.Errorf("must be at least 1 byte")
	}
	*b = ByteSize(v)
	return nil
}

// Set reads a size over 0 and up to 4 GiB, the most that a packet's header can say.
func (p *packetSize) Set(s string) error {
	v, err := ReadSize(s)
	if err != nil {
		return err
	}
	if v < 1 || v > math.MaxUint32 {
		return fmt.Errorf("must be from 1 byte to 4 GiB, the most that a packet can have")
	}
	*p = packetSize(v)
	return nil
}

// ReadSize reads a number of bytes with or without unit.
func ReadSize(s string) (float64, error) {
	low := strings.ToLower(strings.TrimSpace(s))
	for _, u := range byteUnits {
		num, ok := strings.CutSuffix(low, u.suffix)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
		if err != nil || math.IsNaN(v) {
			break
		}
		return v * u.size, nil
	}
	return 0, fmt.Errorf("not a size such as 4096, 512KiB or 64MiB")
}

func (b *ByteSize) String() string {
	n := int64(*b)
	for _, u := range []struct {
		suffix string
		size   int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.size && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.suffix
		}
	}
	return strconv.FormatInt(n, 10)
}

func (p *packetSize) String() string { return (*ByteSize)(p).String() }
