package lynch2025

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"turncoat"
	"turncoat/scenario"
)

// promptText is the files of a prompt, to the byte.
type promptText struct {
	dir                   string
	system, task, content string
	metadata              []byte // without our key, written anew
	ours                  *promptRecord
}

// promptRecord is what metadata.json says under our key: the world that the text
// is of.
type promptRecord struct {
	World turncoat.World `json:"world"`
}

// ourKey is the key under which we keep what the authors' layout has no place for.
const ourKey = "turncoat"

// readPrompt reads a prompt's directory. The error says which file is wrong.
func readPrompt(dir string) (promptText, error) {
	p := promptText{dir: dir}
	for _, file := range []struct {
		name string
		text *string
	}{{systemFile, &p.system}, {userFile, &p.task}, {emailFile, &p.content}} {
		text, err := readFile(filepath.Join(dir, file.name), maxPromptFile)
		switch {
		case err != nil:
			return p, fmt.Errorf("%s: %s", file.name, reasonOf(err))
		case strings.TrimSpace(string(text)) == "":
			return p, fmt.Errorf("%s is empty", file.name)
		case !utf8.Valid(text):
			return p, fmt.Errorf("%s is not UTF-8, so it could not be sent as it is", file.name)
		}
		*file.text = string(text)
	}
	metadata, err := readFile(filepath.Join(dir, metadataFile), maxPromptFile)
	if err != nil {
		return p, fmt.Errorf("%s: %s", metadataFile, reasonOf(err))
	}
	p.metadata, p.ours, err = readMetadata(metadata)
	if err != nil {
		return p, fmt.Errorf("%s %w", metadataFile, err)
	}
	return p, nil
}

// readMetadata takes our key out of a prompt's metadata, and writes the rest in
// a form that is always the same for the same content.
func readMetadata(text []byte) (rest []byte, ours *promptRecord, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return nil, nil, fmt.Errorf("is broken: %w", err)
	}
	if _, err := decoder.Token(); fields == nil || !errors.Is(err, io.EOF) {
		return nil, nil, errors.New("is no JSON object, or something follows it")
	}
	if _, has := fields[ourKey]; has {
		var raw struct {
			Turncoat promptRecord `json:"turncoat"`
		}
		if err := json.Unmarshal(text, &raw); err != nil {
			return nil, nil, fmt.Errorf("has a key %q that was not written by this program: %w", ourKey, err)
		}
		ours = &raw.Turncoat
		delete(fields, ourKey)
	}
	rest, err = json.MarshalIndent(fields, "", "  ")
	return append(rest, '\n'), ours, err
}

// imported is a prompt that becomes a condition of a scenario of ours.
type imported struct {
	promptText
	name      string // of its directory
	kind      string // blackmail, espionage or lethal
	condition turncoat.Condition
	truth     scenario.Truth
}

// newImported makes sense of a prompt that no world here is of.
func newImported(name string, text promptText) (imported, error) {
	n, err := ParseName(name)
	if err != nil {
		return imported{}, err
	}
	p := imported{promptText: text, name: name, kind: scenarios[n.Scenario], condition: n.Condition()}
	if text.ours != nil {
		p.truth, err = toldTruth(p.kind, text.ours.World)
	} else {
		p.truth, err = findTruth(p.kind, text.system, text.task, text.content)
	}
	return p, err
}
