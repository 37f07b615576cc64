package modgearman

import (
	"bytes"
	"crypto/aes"
	"encoding/base64"
	"errors"
	"slices"
)

const blockSize = aes.BlockSize

// ErrNUL means that a text holds a NUL byte: receivers written in C would truncate it there.
var ErrNUL = errors.New("the text holds a NUL byte, where receivers would cut it")

// AppendEncode appends the workload for text: encrypted with AES-256-ECB and mod_gearman's padding, then base64 on one line;
// with the zero Key, only base64. A text with a NUL byte is ErrNUL, and dst is returned unchanged. The capacity of dst beyond
// the result may be overwritten; text must not overlap it.
func AppendEncode(dst, text []byte, key Key) ([]byte, error) {
	if bytes.IndexByte(text, 0) >= 0 {
		return dst, ErrNUL
	}
	if key.IsZero() {
		return base64.StdEncoding.AppendEncode(dst, text), nil
	}
	size := paddedSize(len(text))
	end := len(dst) + base64.StdEncoding.EncodedLen(size)
	dst = slices.Grow(dst, end+size-len(dst))
	work := dst[end : end+size] // after the result, so that one buffer suffices
	clear(work[copy(work, text):])
	encryptBlocks(key, work)
	base64.StdEncoding.Encode(dst[len(dst):end], work)
	return dst[:end], nil
}

// Encode is AppendEncode into a new slice.
func Encode(text []byte, key Key) ([]byte, error) { return AppendEncode(nil, text, key) }

// paddedSize follows common/gm_crypt.c: text and NUL, padded with zeros to a multiple of 16, with a whole extra block if it
// already is one, except, by a bug of the original, for lengths that divide 16. (There, 1, 2, 4 and 8 fail to encrypt.)
func paddedSize(textLen int) int {
	n := textLen + 1
	if n <= blockSize && blockSize%n == 0 {
		return blockSize
	}
	return n - n%blockSize + blockSize
}

func encryptBlocks(key Key, data []byte) {
	block := key.reveal().block
	for i := 0; i+blockSize <= len(data); i += blockSize {
		block.Encrypt(data[i:i+blockSize], data[i:i+blockSize])
	}
}

func decryptBlocks(key Key, dst, data []byte) {
	block := key.reveal().block
	for i := 0; i+blockSize <= len(data); i += blockSize {
		block.Decrypt(dst[i:i+blockSize], data[i:i+blockSize])
	}
}
