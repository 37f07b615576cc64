package modgearman

import (
	"bytes"
	"math"
	"sync"
	"unicode/utf8"
)

// AES-ECB carries no checksum, so whether a key is the right one must be told from the text. A wrong key yields
// uniformly random bytes. evidence is a likelihood ratio in bits between models of real texts and random bytes: for
// random bytes it reaches n bits with a probability of at most 2^-n, whatever the length.

// enough is the evidence at which bytes count as text: one random block in thirty million reaches it, and longer
// ones practically never.
const threshold = 25.0

// evidenceWindow bounds how much text is looked at.
const maxEvidenceBytes = 2048

// beginnings are what real texts begin with. Their evidence needs nothing of what follows, which may be binary.
var prefixes = [][]byte{
	[]byte("type="), []byte("host_name="), []byte("service_description="), []byte("result_queue="),
	[]byte("target_queue="), []byte("core_time="), []byte("start_time="), []byte("finish_time="),
	[]byte("core_start_time="), []byte("return_code="), []byte("exited_ok="), []byte("early_timeout="),
	[]byte("source="), []byte("output="), []byte("latency="), []byte("timeout="), []byte("command_line="),
	[]byte("check_options="), []byte("scheduled_check="), []byte("next_check="), []byte("contact="),
	[]byte("plugin_output="), []byte("DATATYPE::"), []byte(`{"callback_type":`),
}

// evidence returns how much speaks for data being a text of Mod-Gearman, padding included.
func evidence(data []byte) float64 {
	text := bytes.TrimRight(data, "\x00")
	pad := len(data) - len(text)
	bits := -1.0
	if pad > 0 {
		bits = 8*float64(min(pad, 2*blockSize)) - 6
	}
	text = text[:min(len(text), maxEvidenceBytes)]
	const oneOfThree = 1.6
	return max(prefixBits(text), bits+byteBits(text), bits+runeBits(text)) - oneOfThree
}

func prefixBits(text []byte) float64 {
	for _, b := range prefixes {
		if bytes.HasPrefix(text, b) {
			return 8*float64(len(b)) - math.Log2(float64(len(prefixes)))
		}
	}
	return math.Inf(-1)
}

// The shares of the byte classes in the texts that we expect, Latin-1 included.
const (
	shareCommon  = 0.80
	sharePrint   = 0.14
	shareHigh    = 0.05
	shareControl = 0.01
)

const commonBytes = "abcdefghijklmnopqrstuvwxyz0123456789 \n\t=_-./:;,%"

var byteWeight = sync.OnceValue(func() *[256]float64 {
	const printable = 98 // ASCII 32 to 126, tab, LF, CR
	w := new([256]float64)
	for b := range w {
		switch {
		case bytes.IndexByte([]byte(commonBytes), byte(b)) >= 0:
			w[b] = math.Log2(shareCommon / float64(len(commonBytes)) * 256)
		case b >= ' ' && b < 0x7f, b == '\r':
			w[b] = math.Log2(sharePrint / float64(printable-len(commonBytes)) * 256)
		case b >= 0x80:
			w[b] = math.Log2(shareHigh / 128 * 256)
		default:
			w[b] = math.Log2(shareControl / (256 - printable - 128) * 256)
		}
	}
	return w
})

// byteBits is the model of text in ASCII, Latin-1 and the like.
func byteBits(text []byte) float64 {
	bits, weight := 0.0, byteWeight()
	for _, b := range text {
		bits += weight[b]
	}
	return bits
}

// runeWeight holds the evidence of one UTF-8 sequence by its length, in a text of which half is not ASCII.
var runeWeight = [...]float64{
	2: math.Log2(0.25 / 1920 * (1 << 16)),
	3: math.Log2(0.20 / 61440 * (1 << 24)),
	4: math.Log2(0.04 / 1048576 * (1 << 32)),
}

// runeBits is the model of text in UTF-8 that is not ASCII in the main.
func runeBits(text []byte) float64 {
	bits, weight := 0.0, byteWeight()
	invalid := math.Log2(0.01 / 128 * 256)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			bits += invalid
		case size == 1:
			bits += weight[text[0]] - 1
		default:
			bits += runeWeight[size]
		}
		text = text[size:]
	}
	return bits
}
