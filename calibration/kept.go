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
// judge on the same study's trials, or on transcripts that are no study's, and
// returns its file.
func Save(folder string, v *Validation) (file string, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return "", err
	}
	file = filepath.Join(folder, fileName(v.Judge, v.Study()))
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

// Find returns what is known of a judge from transcripts that were written to be
// labelled: the validation that is kept in the folder, or the one that comes with
// Turncoat, or nil.
func Find(folder, judge string) (*Validation, error) {
	v, err := read(folder, judge, "")
	if v != nil || err != nil {
		return v, err
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

// FindOn returns what is known of a judge from the trials of a study that people
// have judged: the validation that is kept in the folder, or nil.
func FindOn(folder, judge, study string) (*Validation, error) { return read(folder, judge, study) }

// read returns the validation that is kept of a judge, or nil if there is none.
func read(folder, judge, study string) (*Validation, error) {
	file := filepath.Join(folder, fileName(judge, study))
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // that nothing is known is no error
	}
	if err != nil {
		return nil, err
	}
	var v Validation
	if err := json.Unmarshal(text, &v); err != nil || v.Judge != judge || v.Study() != study {
		return nil, fmt.Errorf("%s is no validation of the judge %s: remove it, and validate the judge again", file, judge)
	}
	return &v, nil
}

// longestPlain is how much of a judge's name stands in a file's name, of which file
// systems take 255 bytes. A panel's name has those of all its members.
const longestPlain = 150

var notInNames = regexp.MustCompile(`[^A-Za-z0-9.]+`)

// fileName returns the name of the file in which a judge's validation is kept:
// the judge's, with the study's, as far as names of files allow, and a digest that
// tells apart what differs in the rest.
func fileName(judge, study string) string {
	name := judge
	if study != "" {
		name += "\x00" + study
	}
	sum := sha256.Sum256([]byte(name))
	plain := strings.Trim(notInNames.ReplaceAllString(name, "-"), "-")
	return fmt.Sprintf("%s-%x.json", plain[:min(len(plain), longestPlain)], sum[:4])
}
