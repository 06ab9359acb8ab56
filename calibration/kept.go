package calibration

import (
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// shippedText is the validations of the judges that need no model, made by the
// tests of this package.
//
//go:embed shipped.json
var shippedText []byte

// shipped returns the validations that come with Turncoat.
var shipped = sync.OnceValues(func() ([]Validation, error) {
	var all []Validation
	if err := json.Unmarshal(shippedText, &all); err != nil {
		return nil, fmt.Errorf("the validations that come with Turncoat: %w", err)
	}
	return all, nil
})

// Save keeps a validation in a folder, in the place of an earlier one of the same
// judge, and returns its file.
func Save(folder string, v *Validation) (file string, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return "", err
	}
	file = filepath.Join(folder, fileName(v.Judge))
	temporary, err := os.CreateTemp(folder, ".validation-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(temporary.Name()) // fails, as it should, once it is renamed
	if _, err := temporary.Write(append(text, '\n')); err != nil {
		return "", errors.Join(err, temporary.Close())
	}
	if err := temporary.Close(); err != nil {
		return "", err
	}
	return file, os.Rename(temporary.Name(), file)
}

// Find returns what is known of a judge: the validation that is kept in the
// folder, or the one that comes with Turncoat, or nil.
func Find(folder, judge string) (*Validation, error) {
	file := filepath.Join(folder, fileName(judge))
	text, err := os.ReadFile(file)
	if err == nil {
		var v Validation
		if err := json.Unmarshal(text, &v); err != nil || v.Judge != judge {
			return nil, fmt.Errorf("%s is no validation of the judge %s: remove it, and validate the judge again", file, judge)
		}
		return &v, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	all, err := shipped()
	if err != nil {
		return nil, err
	}
	for _, v := range all {
		if v.Judge == judge {
			return &v, nil
		}
	}
	return nil, nil //nolint:nilnil // that nothing is known is no error
}

// longestPlain is how much of a judge's name stands in a file's name, of which file
// systems take 255 bytes. A panel's name has those of all its members.
const longestPlain = 150

var notInNames = regexp.MustCompile(`[^A-Za-z0-9.]+`)

// fileName returns the name of the file in which a judge's validation is kept:
// the judge's, as far as names of files allow, and a digest that tells judges
// apart whose names differ in the rest.
func fileName(judge string) string {
	sum := sha256.Sum256([]byte(judge))
	plain := strings.Trim(notInNames.ReplaceAllString(judge, "-"), "-")
	return fmt.Sprintf("%s-%x.json", plain[:min(len(plain), longestPlain)], sum[:4])
}
