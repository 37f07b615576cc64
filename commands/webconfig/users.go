package webconfig

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/crypto/bcrypt"
)

// users is the section basic_auth_users, in the order of the file.
type users []user

// user may come in with the password that hash is the bcrypt hash of.
type user struct{ name, hash string }

func (u *users) set(name string, n *yaml.Node) error {
	hash, err := text(n)
	if err != nil || !isBcrypt(hash) {
		return errors.New("is not the bcrypt hash of a password (make one with: htpasswd -nBC 10 NAME)")
	}
	*u = append(*u, user{name, hash})
	return nil
}

// isBcrypt reports whether a password can have this hash: $2y$10$ and 53 characters, say. The toolkit takes also one
// that is followed by something, which no password has.
func isBcrypt(hash string) bool {
	if _, err := bcrypt.Cost([]byte(hash)); err != nil {
		return false
	}
	parts := strings.Split(hash, "$")
	if len(parts) != 4 || len(parts[3]) != 53 || len(parts[2]) != 2 {
		return false
	}
	return !strings.ContainsFunc(parts[3], func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '.' && r <= '9')
	})
}

// find returns the user of this name.
func (u users) find(name string) (user, bool) {
	for _, each := range u {
		if each.name == name {
			return each, true
		}
	}
	return user{}, false
}
