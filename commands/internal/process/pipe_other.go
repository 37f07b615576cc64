//go:build !linux

package process

import "os"

// filledPipe returns the read end of a pipe that holds data.
func filledPipe(data []byte) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	_, err = w.Write(data)
	return r, err
}
