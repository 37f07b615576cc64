package modgearman

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// KeySize is how many bytes of a password are used; the rest is ignored (common/gm_crypt.c).
const KeySize = 32

// shortKey is the length below which mod_gearman logs a warning.
const shortKey = 8

// ErrNoKey means that a password or key file is empty.
var ErrNoKey = errors.New("the key is empty")

// Key is a password as Mod-Gearman uses it for AES-256: the first 32 bytes, padded with NULs. The zero Key means no
// encryption. A Key cannot be printed: fmt with any verb, JSON and slog show its fingerprint. It is safe for concurrent use.
type Key struct {
	// A function, since fmt follows pointers in the unexported fields of other structs, where it calls no methods.
	reveal func() *secret
}

type secret struct {
	block       cipher.Block
	fingerprint string
	given       int
	bytes       [KeySize]byte
}

// NewKey returns the key for a password, of which it keeps a copy of the first 32 bytes. An empty password is ErrNoKey.
func NewKey(password []byte) (Key, error) {
	s := &secret{given: len(password)}
	used := copy(s.bytes[:], password)
	for used > 0 && s.bytes[used-1] == 0 {
		used--
	}
	if used == 0 {
		return Key{}, ErrNoKey
	}
	block, err := aes.NewCipher(s.bytes[:])
	if err != nil {
		return Key{}, fmt.Errorf("make AES-256 key: %w", err)
	}
	sum := sha256.Sum256(s.bytes[:used])
	s.block = block
	s.fingerprint = hex.EncodeToString(sum[:6])
	return Key{func() *secret { return s }}, nil
}

// IsZero reports whether k is the zero Key, which does not encrypt.
func (k Key) IsZero() bool { return k.reveal == nil }

// Equal reports whether both keys encrypt alike: passwords that differ only after 32 bytes are equal.
func (k Key) Equal(other Key) bool {
	if k.reveal == nil || other.reveal == nil {
		return k.reveal == nil && other.reveal == nil
	}
	return k.reveal().bytes == other.reveal().bytes
}

// Fingerprint returns the first 12 hex digits of the SHA-256 of the bytes that are used, as printed by
// `printf %s PASSWORD | sha256sum` for a password of at most 32 bytes; "" for the zero Key.
func (k Key) Fingerprint() string {
	if k.reveal == nil {
		return ""
	}
	return k.reveal().fingerprint
}

// Warning returns a one-line warning about the key, or "": it is shorter than 8 bytes, longer than the 32 that are used, or
// the one of the sample configuration.
func (k Key) Warning() string {
	switch {
	case k.reveal == nil:
		return ""
	case k.reveal().given < shortKey:
		return fmt.Sprintf("the key has %d bytes, Mod-Gearman wants at least %d", k.reveal().given, shortKey)
	case k.reveal().given > KeySize:
		return fmt.Sprintf("the key has %d bytes, only the first %d encrypt", k.reveal().given, KeySize)
	case k.isSample():
		return "the key is the one of the sample configuration, which is public"
	}
	return ""
}

// sampleKey is the key in the sample configuration of mod_gearman, where it is not commented out.
const sampleKey = "should_be_changed"

func (k Key) isSample() bool {
	var sample [KeySize]byte
	copy(sample[:], sampleKey)
	return k.reveal != nil && k.reveal().bytes == sample
}

// String returns the fingerprint, as key(1f2e…).
func (k Key) String() string {
	if k.reveal == nil {
		return "key(none)"
	}
	return "key(" + k.reveal().fingerprint + ")"
}

// Format writes String for every verb and flag, including %#v and %x.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// MarshalText returns the fingerprint, also for JSON.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.Fingerprint()), nil }

// LogValue returns String.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }
