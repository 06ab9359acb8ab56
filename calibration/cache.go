package calibration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"turncoat"
)

// Key says what a verdict depends on.
type Key struct {
	Judge      string `json:"judge"`      // its name, which has its version and settings
	Transcript string `json:"transcript"` // digest of all that it was given
	Rubric     string `json:"rubric"`     // version
}

// Cache keeps verdicts in a file, one a line, so that a validation that was
// interrupted goes on, and one that is made again costs nothing. Failures are not
// kept: they are tried again. It is safe for concurrent use.
type Cache struct {
	mu       sync.Mutex
	file     *os.File
	verdicts map[Key]turncoat.Verdict
}

// kept is a line of the file.
type kept struct {
	Key
	Verdict turncoat.Verdict `json:"verdict"`
}

// OpenCache opens a cache file, or makes one. A last line that was not written
// whole is left behind; any other line that cannot be read is an error.
func OpenCache(file string) (*Cache, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	c := &Cache{verdicts: map[Key]turncoat.Verdict{}}
	whole := 0 // bytes in whole lines
	for number := 1; ; number++ {
		line, _, ended := bytes.Cut(text[whole:], []byte("\n"))
		if !ended {
			break
		}
		var k kept
		if err := json.Unmarshal(line, &k); err != nil {
			return nil, fmt.Errorf("%s:%d: this is no verdict (%w): remove the line, or the file, to judge again", file, number, err)
		}
		c.verdicts[k.Key] = k.Verdict
		whole += len(line) + 1
	}
	if c.file, err = os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
		return nil, err
	}
	if err := c.cut(int64(whole)); err != nil {
		return nil, errors.Join(err, c.file.Close())
	}
	return c, nil
}

// cut leaves out what stands behind the last whole line.
func (c *Cache) cut(size int64) error {
	if err := c.file.Truncate(size); err != nil {
		return err
	}
	_, err := c.file.Seek(size, 0)
	return err
}

// Get returns the verdict that is kept under a key.
func (c *Cache) Get(k Key) (turncoat.Verdict, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.verdicts[k]
	return v, ok
}

// Put keeps a verdict.
func (c *Cache) Put(k Key, v turncoat.Verdict) error {
	line, err := json.Marshal(kept{k, v})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("keeping a verdict: %w", err)
	}
	c.verdicts[k] = v
	return nil
}

// Close closes the file.
func (c *Cache) Close() error { return c.file.Close() }
