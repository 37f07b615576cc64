package disk

import (
	"errors"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is the kernel's limit on symbolic links in a path.
const maxLinks = 40

// Resolve implements FS.
func (OS) Resolve(path string) (string, error) {
	at := path
	for range maxLinks {
		target, err := readLink(at)
		switch {
		case errors.Is(err, unix.ENOENT) && at != path:
			return "", pathError("open", path, ErrDangling)
		case errors.Is(err, unix.ENOENT):
			return path, nil
		case err != nil:
			return "", pathError("open", path, err)
		case target == "":
			return at, nil
		case !filepath.IsAbs(target): // not filepath.Join: the element before .. may be a link
			target = at[:strings.LastIndexByte(at, '/')+1] + target
		}
		at = target
	}
	return "", pathError("open", path, unix.ELOOP)
}
