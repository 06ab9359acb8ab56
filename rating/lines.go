package rating

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
)

// errOver ends a session in which nobody answers any more: the input has ended, or
// the rater has had enough.
var errOver = errors.New("the session is over")

// lines reads what a person types, and can be interrupted while it waits.
type lines struct {
	typed <-chan line
	stop  func()
}

type line struct {
	text string
	err  error
}

// readLines begins to read. A read that is under way cannot be broken off; it ends
// with the input, or with the process.
func readLines(in io.Reader) *lines {
	typed, stopped := make(chan line), make(chan struct{})
	go func() {
		reader := bufio.NewReader(in)
		for {
			text, err := reader.ReadString('\n')
			if text != "" {
				err = nil // a last line needs no newline; the next read says that there is no more
			}
			select {
			case typed <- line{strings.TrimSpace(text), err}:
			case <-stopped:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return &lines{typed, func() { close(stopped) }}
}

// next returns the next line: errOver at the end of the input, the context's error
// if that ends first.
func (l *lines) next(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case got := <-l.typed:
		if errors.Is(got.err, io.EOF) {
			return "", errOver
		}
		return got.text, got.err
	}
}
