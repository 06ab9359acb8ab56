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

	"turncoat/labelled"
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

// ErrIncomplete says that a validation is not kept because its judge failed on some
// transcripts, and a complete one is there.
var ErrIncomplete = errors.New("the judge failed on some transcripts, and a complete validation of it is kept")

// Save keeps a validation in a folder, in the place of an earlier one of the same
// judge by labels of the same kind: on the same study's trials, on what comes with
// Turncoat, or on the user's own transcripts. It returns the file. An incomplete one
// does not take the place of a complete one, which is [ErrIncomplete]; what stands in
// the file then is the complete one still.
func Save(folder string, v *Validation) (file string, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	file = filepath.Join(folder, fileName(v.Judge, v.Kind(), v.Study()))
	if !v.Complete() {
		before, err := read(folder, v.Judge, v.Kind(), v.Study())
		if err != nil {
			return "", err
		}
		if before != nil && before.Complete() {
			return file, ErrIncomplete
		}
	}
	return file, write(file, v)
}

// write puts a validation into a file, whole or not at all.
func write(file string, v *Validation) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), ".validation-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails, as it should, once it is renamed
	if _, err := temporary.Write(append(text, '\n')); err != nil {
		return errors.Join(err, temporary.Close())
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), file)
}

// Find returns what is known of a judge from the labelled transcripts that come with
// Turncoat: the validation that is kept in the folder, or the one that comes with it,
// or nil.
func Find(folder, judge string) (*Validation, error) {
	v, err := read(folder, judge, labelled.SourceSet, "")
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
func FindOn(folder, judge, study string) (*Validation, error) {
	return read(folder, judge, labelled.SourceStudy, study)
}

// FindOwn returns what is known of a judge from labelled transcripts of the user's
// own: the validation that is kept in the folder, or nil.
func FindOwn(folder, judge string) (*Validation, error) {
	return read(folder, judge, labelled.SourceFolder, "")
}

// read returns the validation that is kept of a judge by labels of a kind, or nil if
// there is none.
func read(folder, judge string, kind labelled.SourceKind, study string) (*Validation, error) {
	file := filepath.Join(folder, fileName(judge, kind, study))
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
	if v.Kind() != kind {
		return nil, nil //nolint:nilnil // it mixes the set with labels of the user's own, and so tells of neither
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
func fileName(judge string, kind labelled.SourceKind, study string) string {
	name := judge
	switch kind {
	case labelled.SourceStudy:
		name += "\x00" + study
	case labelled.SourceFolder:
		name += "\x00\x00labels" // no study has an empty name
	case labelled.SourceSet: // the judge's name alone
	}
	sum := sha256.Sum256([]byte(name))
	plain := strings.Trim(notInNames.ReplaceAllString(name, "-"), "-")
	return fmt.Sprintf("%s-%x.json", plain[:min(len(plain), longestPlain)], sum[:4])
}
