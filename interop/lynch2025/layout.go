package lynch2025

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Names of folders and files in the authors' layout.
const (
	promptsFolder  = "prompts"
	modelsFolder   = "models"
	resultsFolder  = "results"
	systemFile     = "system_prompt.txt"
	userFile       = "user_prompt.txt"
	emailFile      = "email_content.txt"
	metadataFile   = "metadata.json"
	responseFile   = "response.json"
	studyFile      = "turncoat.json" // ours
	maxModelLevels = 4               // folders that a model's name may be spread over
)

var promptFiles = []string{systemFile, userFile, emailFile, metadataFile}

var sampleName = regexp.MustCompile(`^sample_(\d{1,9})$`)

// Layout is what a folder was found to hold.
type Layout struct {
	Dir     string // the folder that was named
	Prompts string // the folder of prompts, one directory a condition; "" if there is none
	Results string // the folder below which results are; "" if there are none

	Study    string // a file of ours with the design, or ""
	cells    []resultCell
	problems []Problem
}

// resultCell is the samples of a model in a condition.
type resultCell struct {
	model     string // its folders' names with slashes between them
	condition string // its directory's name
	dir       string
}

// Find looks at a folder: an experiment, its prompts, its models, one model, or
// results without a level of models. Prompts that are elsewhere may be named.
func Find(dir, prompts string) (*Layout, error) {
	dir = filepath.Clean(dir)
	if !isDir(dir) {
		return nil, fmt.Errorf("there is no folder %s", dir)
	}
	l := &Layout{Dir: dir}
	switch {
	case prompts != "":
		if !isDir(prompts) {
			return nil, fmt.Errorf("there is no folder %s", prompts)
		}
		l.Prompts = filepath.Clean(prompts)
		if isDir(filepath.Join(prompts, promptsFolder)) {
			l.Prompts = filepath.Join(prompts, promptsFolder)
		}
	case isDir(filepath.Join(dir, promptsFolder)):
		l.Prompts = filepath.Join(dir, promptsFolder)
	case holdsPrompts(dir):
		l.Prompts = dir
	}
	if several := experimentsIn(dir); len(several) > 0 && !isDir(filepath.Join(dir, promptsFolder)) && !isDir(filepath.Join(dir, modelsFolder)) {
		return nil, fmt.Errorf("%s holds experiments, or a whole checkout: name one of them, such as %s", dir, strings.Join(several, ", "))
	}
	if l.Prompts != dir {
		l.findResults()
	}
	if l.Prompts == "" && len(l.cells) > 0 {
		l.findPromptsBeside()
	}
	if l.Prompts == "" && len(l.cells) == 0 && len(l.problems) == 0 {
		return nil, fmt.Errorf("%s holds neither prompts (folders with %s) nor results (MODEL/CONDITION/sample_NNN/%s)", dir, strings.Join(promptFiles, ", "), responseFile)
	}
	for _, file := range []string{filepath.Join(dir, studyFile), filepath.Join(filepath.Dir(dir), studyFile)} {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && l.Study == "" {
			l.Study = file
		}
	}
	return l, nil
}

// maxStudyName is the length that a study's name may have.
const maxStudyName = 63

var notInStudyName = regexp.MustCompile(`[^a-z0-9]+`)

// DefaultName returns a name for the study, made of the experiment's folder.
func (l *Layout) DefaultName() string {
	dir := absolute(l.Dir)
	for slices.Contains([]string{promptsFolder, modelsFolder, resultsFolder}, filepath.Base(dir)) {
		dir = filepath.Dir(dir)
	}
	name := strings.Trim(notInStudyName.ReplaceAllString(strings.ToLower(filepath.Base(dir)), "-"), "-")
	return cmp.Or(strings.Trim(name[:min(len(name), maxStudyName)], "-"), "lynch2025")
}

// Samples returns how many directories of samples there are, of how many models.
func (l *Layout) Samples() (conditions, models int) {
	seen := map[string]bool{}
	for _, cell := range l.cells {
		seen[cell.model] = true
	}
	return len(l.cells), len(seen)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// holdsPrompts reports whether a folder's directories are prompts.
func holdsPrompts(dir string) bool {
	for _, name := range folders(dir) {
		for _, file := range promptFiles[:3] {
			if _, err := os.Stat(filepath.Join(dir, name, file)); err == nil {
				return true
			}
		}
	}
	return false
}

// folders returns the names of a folder's folders, in order; none if it cannot
// be read, which whoever reads them for their content will say.
func folders(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}

// findResults finds the directories that hold samples.
func (l *Layout) findResults() {
	root := l.Dir
	if models := filepath.Join(root, modelsFolder); isDir(models) {
		root = models
	}
	l.walk(root, nil)
	if len(l.cells) > 0 || len(l.problems) > 0 {
		l.Results = root
	}
}

// walk looks for directories with samples below a folder, whose names so far
// are a model's.
func (l *Layout) walk(dir string, names []string) {
	for _, name := range folders(dir) {
		path := filepath.Join(dir, name)
		if path == l.Prompts || len(names) == 0 && name == resultsFolder {
			continue
		}
		entries, err := os.ReadDir(path)
		switch {
		case err != nil:
			l.problems = append(l.problems, Problem{path, reasonOf(err)})
		case slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), "sample_") }):
			model := strings.Join(names, "/")
			if model == "" { // the folder that was named is a model's
				model = filepath.Base(absolute(dir))
			}
			l.cells = append(l.cells, resultCell{model: model, condition: name, dir: path})
		case isConditionName(name) && !slices.ContainsFunc(entries, fs.DirEntry.IsDir):
			if !holdsAny(path, promptFiles) {
				l.problems = append(l.problems, Problem{path, "it has no folder sample_NNN"})
			}
		case len(names) < maxModelLevels:
			l.walk(path, append(slices.Clone(names), name))
		}
	}
}

func holdsAny(dir string, files []string) bool {
	return slices.ContainsFunc(files, func(file string) bool {
		_, err := os.Stat(filepath.Join(dir, file))
		return err == nil
	})
}

func isConditionName(name string) bool {
	_, err := ParseName(name)
	return err == nil
}

// absolute returns an absolute path, or the path itself where there is no
// working folder to start from.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// findPromptsBeside looks where the authors' layout has the prompts of results.
func (l *Layout) findPromptsBeside() {
	above := absolute(l.Dir)
	for range 2 {
		above = filepath.Dir(above)
		if prompts := filepath.Join(above, promptsFolder); isDir(prompts) && holdsPrompts(prompts) {
			l.Prompts = prompts
			return
		}
	}
}

// experimentsIn returns the folders of experiments below a folder, as they are in
// a checkout.
func experimentsIn(dir string) []string {
	var experiments []string
	for _, below := range []string{dir, filepath.Join(dir, resultsFolder)} {
		for _, name := range folders(below) {
			experiment := filepath.Join(below, name)
			if isDir(filepath.Join(experiment, promptsFolder)) || isDir(filepath.Join(experiment, modelsFolder)) {
				experiments = append(experiments, experiment)
			}
		}
	}
	return experiments
}

func reasonOf(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it is missing"
	case errors.Is(err, fs.ErrPermission):
		return "it may not be read"
	}
	return err.Error()
}

// Limits of what is read whole.
const (
	maxPromptFile   = 4 << 20
	maxResponseFile = 32 << 20
)

// readFile reads a regular file that is not larger than it may be.
func readFile(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file")
	case info.Size() > most:
		return nil, fmt.Errorf("it has %d bytes, and no more than %d are read", info.Size(), most)
	}
	return os.ReadFile(path)
}
