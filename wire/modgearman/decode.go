package modgearman

import (
	"bytes"
	"encoding/base64"
	"fmt"
)

// Reason is why a job cannot be decoded.
type Reason int

// The reasons, in the order in which they are checked.
const (
	ReasonEmpty     Reason = iota + 1 // no data
	ReasonNotBase64                   // neither base64 nor a probe or status answer
	ReasonLength                      // truncated or damaged: neither text nor a whole number of cipher blocks
	ReasonNoKey                       // encrypted, and no key was given
	ReasonWrongKey                    // encrypted, and no given key fits
)

var reasonNames = [...]string{"", "empty", "not_base64", "length", "no_key", "wrong_key"}

// String returns the reason as one word.
func (r Reason) String() string {
	if r < 1 || int(r) >= len(reasonNames) {
		return fmt.Sprintf("Reason(%d)", int(r))
	}
	return reasonNames[r]
}

// MarshalText returns the word of String.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// DecodeError is why a job cannot be decoded. It contains no data of the job.
type DecodeError struct {
	Reason Reason
	Size   int // bytes of the job
	Keys   int // how many keys were tried
	// Fits is the index of a key that opens what is there of a job that is cut (ReasonLength), else -1.
	FittingKey int
	Detail     string
}

func (e *DecodeError) Error() string { return "decode payload: " + e.Detail }

func decodeError(r Reason, size, keys int, format string, args ...any) *DecodeError {
	return &DecodeError{Reason: r, Size: size, Keys: keys, FittingKey: -1, Detail: fmt.Sprintf(format, args...)}
}

// Decode decodes a workload of any kind: bare probes and status answers, base64, and base64 of AES-256-ECB with any padding.
// It tries the keys in order, skipping zero Keys; Payload describes how it recognizes the right one. Line ends and NUL bytes
// around the base64 are ignored. data is neither kept nor changed. The error is a *DecodeError.
func Decode(data []byte, keys ...Key) (Payload, error) {
	trimmed := bytes.Trim(data, " \t\r\n\x00")
	if len(trimmed) == 0 {
		return Payload{Key: -1}, decodeError(ReasonEmpty, len(data), len(keys), "it is empty")
	}
	if kind := bareKind(trimmed); kind != KindUnknown {
		return Payload{Kind: kind, Key: -1, Text: bytes.Clone(trimmed), Padded: bytes.Clone(data)}, nil
	}
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(trimmed)))
	n, err := base64.StdEncoding.Decode(raw, trimmed)
	if err != nil {
		return Payload{Key: -1}, notBase64(trimmed, len(data), len(keys))
	}
	raw = raw[:n]
	if isClear(raw) {
		return newPayload(FormClear, -1, raw), nil
	}
	if p, ok := decrypt(raw, keys); ok {
		return p, nil
	}
	return Payload{Key: -1}, decryptError(raw, len(data), keys)
}

// isClear reports whether raw is text. If its length is not a multiple of the block size it cannot be encrypted, so little
// evidence suffices.
func isClear(raw []byte) bool {
	if len(raw)%blockSize == 0 {
		return evidence(raw) >= threshold
	}
	const some = 2
	return evidence(raw) >= some
}

// decrypt tries the keys in order. raw must be whole blocks.
func decrypt(raw []byte, keys []Key) (Payload, bool) {
	if len(raw) == 0 || len(raw)%blockSize != 0 {
		return Payload{}, false
	}
	plain := make([]byte, len(raw))
	for i, key := range keys {
		if key.IsZero() {
			continue
		}
		decryptBlocks(key, plain, raw)
		if evidence(plain) >= threshold {
			return newPayload(FormEncrypted, i, plain), true
		}
	}
	return Payload{}, false
}

func notBase64(trimmed []byte, size, keys int) *DecodeError {
	switch {
	case prefixBits(trimmed) > 0:
		return decodeError(ReasonNotBase64, size, keys,
			"it is readable text that was never base64-encoded; no worker accepts it")
	case isBase64Alphabet(trimmed):
		return decodeError(ReasonLength, size, keys,
			"not valid base64 (truncated?)")
	}
	return decodeError(ReasonNotBase64, size, keys, "%d bytes that are not base64", size)
}

func isBase64Alphabet(data []byte) bool {
	for _, b := range data {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
		case b == '+', b == '/', b == '=', b == '\n', b == '\r':
		default:
			return false
		}
	}
	return true
}

// undecipherable explains bytes that are no text and that no key opens.
func decryptError(raw []byte, size int, keys []Key) *DecodeError {
	given := 0
	for _, key := range keys {
		if !key.IsZero() {
			given++
		}
	}
	switch over := len(raw) % blockSize; {
	case len(raw) == 0:
		return decodeError(ReasonLength, size, given, "nothing is left after base64")
	case over != 0:
		e := decodeError(ReasonLength, size, given,
			"%d bytes after base64 are neither text nor whole cipher blocks of 16: truncated or damaged", len(raw))
		if p, ok := decrypt(raw[:len(raw)-over], keys); ok {
			e.FittingKey = p.Key
			e.Detail += "; the key fits the complete blocks"
		}
		return e
	case given == 0:
		return decodeError(ReasonNoKey, size, 0, "it is encrypted, and no key was given")
	case given == 1:
		return decodeError(ReasonWrongKey, size, 1, "it is encrypted with another key")
	}
	return decodeError(ReasonWrongKey, size, given, "it is encrypted, and none of %d keys fits", given)
}
