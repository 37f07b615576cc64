package modgearman

import (
	"bytes"
	"math"
	"sync"
	"unicode/utf8"
)

// AES-ECB has no checksum, so the right key must be recognized by the text: a wrong key yields uniformly random bytes.
// evidence is the likelihood ratio, in bits, between models of real texts and random bytes. For random bytes it reaches
// n bits with a probability of at most 2^-n, whatever the length.

// threshold is the evidence at which bytes count as text. One random block in thirty million reaches it; longer data
// practically never do.
const threshold = 25.0

// maxEvidenceBytes limits how much text is examined.
const maxEvidenceBytes = 2048

// prefixes are the first bytes of real texts. They are evidence by themselves; what follows may be binary.
var prefixes = [][]byte{
	[]byte("type="), []byte("host_name="), []byte("service_description="), []byte("result_queue="),
	[]byte("target_queue="), []byte("core_time="), []byte("start_time="), []byte("finish_time="),
	[]byte("core_start_time="), []byte("return_code="), []byte("exited_ok="), []byte("early_timeout="),
	[]byte("source="), []byte("output="), []byte("latency="), []byte("timeout="), []byte("command_line="),
	[]byte("check_options="), []byte("scheduled_check="), []byte("next_check="), []byte("reschedule_check="), []byte("contact="),
	[]byte("plugin_output="), []byte("DATATYPE::"), []byte(`{"callback_type":`),
}

// evidence returns the evidence that data is a text of Mod-Gearman, with padding.
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

// The expected shares of byte classes in texts, including Latin-1.
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

// byteBits is the evidence of text in ASCII, Latin-1 and the like.
func byteBits(text []byte) float64 {
	bits, weight := 0.0, byteWeight()
	for _, b := range text {
		bits += weight[b]
	}
	return bits
}

// runeWeight is the evidence of a UTF-8 sequence by its length, in a text that is half ASCII.
var runeWeight = [...]float64{
	2: math.Log2(0.25 / 1920 * (1 << 16)),
	3: math.Log2(0.20 / 61440 * (1 << 24)),
	4: math.Log2(0.04 / 1048576 * (1 << 32)),
}

// runeBits is the evidence of UTF-8 text that is mostly not ASCII.
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
