package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"turncoat"
	"turncoat/calibration"
	"turncoat/judge"
	"turncoat/provider"
	"turncoat/rating"
	"turncoat/report"
	"turncoat/scenario"
	"turncoat/store/sqlite"
)

func newReport(o *options) *cobra.Command {
	var spec, format, file string
	var corrected bool
	var transcripts int
	formats := []string{"terminal", "html", "json", "csv", "schema"}
	cmd := &cobra.Command{
		Use:   "report [STUDY]",
		Short: "Report a study's rates with their intervals",
		Long: `Report shows the harm rates of a study's current plan (default: the study planned
last), as one judge sees them. The HTML page needs no network and holds the transcripts
behind its numbers. It says how good the judge is, where that has been measured (see
judge validate). The JSON format is described by --format schema and docs/report.md.`,
		Example: `  turncoat report
  turncoat report quickstart --format html --out quickstart.html
  turncoat report my-study --format html --transcripts 5000 --out all.html   # about 5 KB each
  turncoat report quickstart --format json | jq '.cells[] | {model, condition, rate, interval}'
  turncoat report quickstart --judge anthropic/claude-sonnet-4-6
  turncoat report quickstart --corrected`,
		Args: takes(0, 1),
	}
	cmd.Flags().StringVar(&spec, "judge", "", "the `judge` whose verdicts to report (default: the study's own)")
	cmd.Flags().StringVar(&format, "format", "terminal", "`format`: terminal, html, json, csv, or schema (of the JSON)")
	cmd.Flags().BoolVar(&corrected, "corrected", false, "show rates corrected for the judge's measured errors beside the raw ones")
	cmd.Flags().IntVar(&transcripts, "transcripts", report.DefaultTranscripts, "`number` of transcripts that an HTML page holds at the most")
	cmd.Flags().StringVarP(&file, "out", "o", "", "write to this `file` (default: standard output)")
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if !slices.Contains(formats, format) {
			return usageError{fmt.Errorf("format %q does not exist; there are: %v", format, formats)}
		}
		if format == "schema" {
			return printReportSchema(cmd.OutOrStdout())
		}
		if err := notToTerminal(cmd.OutOrStdout(), format, file); err != nil {
			return err
		}
		ctx := cmd.Context()
		store, r, err := o.storedReport(ctx, args, spec, corrected)
		if err != nil {
			return err
		}
		defer closeRead(store, &err)
		if file == "" {
			r.FitTo(widthOf(cmd.OutOrStdout()))
		}
		r.Hold(transcripts)
		write := map[string]func(io.Writer) error{
			"terminal": r.Terminal, "json": r.JSON, "csv": r.CSV,
			"html": func(w io.Writer) error { return r.HTML(ctx, w, store) },
		}[format]
		if err := writeTo(cmd.OutOrStdout(), file, write); err != nil {
			return err
		}
		return completeness(r)
	}
	return cmd
}

// storedReport opens the store and builds the report of a study in it: the one
// that the command line names, or the one that was planned last. An empty spec
// stands for the study's own judge. The caller closes the store.
func (o *options) storedReport(ctx context.Context, args []string, spec string, corrected bool) (*sqlite.Store, *report.Report, error) {
	if spec != "" {
		if err := checkJudge("judge", spec); err != nil {
			return nil, nil, err
		}
	}
	store, err := o.openToRead(ctx)
	if err != nil {
		return nil, nil, err
	}
	r, err := o.reportIn(ctx, store, args, spec, corrected)
	if err != nil {
		store.Close()
		return nil, nil, err
	}
	return store, r, nil
}

func (o *options) reportIn(ctx context.Context, store turncoat.Store, args []string, spec string, corrected bool) (*report.Report, error) {
	planned, err := chooseStudy(ctx, store, args)
	if err != nil {
		return nil, err
	}
	if spec == "" {
		spec = planned.Study.Judge
	}
	judgeName, err := judge.NameOf(spec)
	if err != nil {
		return nil, err
	}
	lib, err := o.libraryOf(planned.Study)
	if err != nil {
		return nil, err
	}
	return o.buildReport(ctx, lib, store, planned.Study, judgeName, corrected)
}

func printReportSchema(out io.Writer) error {
	schema, err := report.Schema()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, string(schema))
	return err
}

// finish ends a command that has run or judged a study: it prints the table,
// writes the HTML report, and names both ways on.
func (o *options) finish(cmd *cobra.Command, lib *scenario.Library, store *sqlite.Store, s turncoat.Study, judge, html string) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	r, err := o.buildReport(ctx, lib, store, s, judge, false)
	if err != nil {
		return err
	}
	r.FitTo(widthOf(out))
	if err := r.Terminal(out); err != nil {
		return err
	}
	if html == "" {
		html = filepath.Join(filepath.Dir(o.store), pageName(r))
	}
	if err := writeTo(nil, html, func(w io.Writer) error { return r.HTML(ctx, w, store) }); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nReport:      %s\n", html)
	if id := r.Example(); id != "" {
		fmt.Fprintf(out, "Transcript:  %s show %s\n", self(), id[:8])
	}
	if r.Published != nil {
		fmt.Fprintf(out, "Published:   %s compare %s%s\n", self(), s.Name, r.JudgeFlag())
	}
	return completeness(r)
}

// widthOf returns the width of a terminal in characters, and 0 of anything else.
func widthOf(out io.Writer) int {
	file, ok := out.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0 // it is no terminal
	}
	return width
}

// pageName names the HTML report of a study: another judge's than the study's
// own has the judge in its name, so that neither takes the other's place.
func pageName(r *report.Report) string {
	if own, err := judge.NameOf(r.Study.Judge); err == nil && own == r.Judge {
		return r.Study.Name + ".html"
	}
	return r.Study.Name + "." + brief(strings.Trim(notInNames.ReplaceAllString(r.Judge, "-"), "-"), r.Judge) + ".html"
}

// longestPart is how much of a judge's name the name of a file may have. File systems
// take names of 255 bytes, and a study's name has up to 63.
const longestPart = 150

// brief returns a part of a file's name, cut if it is too long and then with a digest of
// what it stands for, for two panels may begin alike.
func brief(part, of string) string {
	if len(part) <= longestPart {
		return part
	}
	sum := sha256.Sum256([]byte(of))
	digest := "-" + hex.EncodeToString(sum[:6])
	return strings.TrimRight(part[:longestPart-len(digest)], "-") + digest
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9.]+`)

func (o *options) buildReport(ctx context.Context, lib *scenario.Library, store turncoat.Store, s turncoat.Study, judge string, corrected bool) (*report.Report, error) {
	validation, err := calibration.Find(o.validations(), judge)
	if err != nil {
		return nil, err
	}
	folders, err := calibration.FindOwn(o.validations(), judge)
	if err != nil {
		return nil, err
	}
	own, err := calibration.FindOn(o.validations(), judge, s.Name)
	if err != nil {
		return nil, err
	}
	outdated := false
	if own != nil {
		current, err := isCurrent(ctx, store, s.Name, own)
		if err != nil {
			return nil, err
		}
		outdated = !current
	}
	return report.Build(ctx, store, s.Name, judge, report.Options{
		Program: version(), Command: self(), Price: provider.PriceOf, Exclusion: lib.Exclusion, IsControl: lib.IsControl,
		Validation: validation, OwnValidation: own, OwnOutdated: outdated, FolderValidation: folders, Corrected: corrected,
	})
}

// isCurrent reports whether people still say of a study's trials what a judge was
// validated by. A validation that does not say by what it was made is not.
func isCurrent(ctx context.Context, store turncoat.Store, study string, v *calibration.Validation) (bool, error) {
	people := v.People()
	if people == nil {
		return false, nil
	}
	return rating.IsCurrent(ctx, store, study, people)
}

// completeness turns what is missing from a report into the exit code.
func completeness(r *report.Report) error {
	if r.Complete() {
		return nil
	}
	return errIncomplete
}

// notToTerminal refuses to pour a page of thousands of lines into a terminal.
func notToTerminal(out io.Writer, format, file string) error {
	if terminal, ok := out.(*os.File); format == "html" && file == "" && ok && term.IsTerminal(int(terminal.Fd())) {
		return usageError{errors.New("an HTML page is nothing for a terminal: name a file with --out, or pass it on with a pipe")}
	}
	return nil
}

// writeTo writes to a file that appears whole or not at all, or to out if no
// file is named.
func writeTo(out io.Writer, file string, write func(io.Writer) error) error {
	if file == "" {
		return write(out)
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails, as it should, once it is renamed
	if err := write(temporary); err != nil {
		temporary.Close()
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), file)
}

// chooseStudy returns the study that the command line names, or the one that
// was planned last.
func chooseStudy(ctx context.Context, store turncoat.Store, args []string) (turncoat.PlannedStudy, error) {
	if len(args) > 0 {
		planned, err := store.Study(ctx, args[0])
		if err != nil {
			return planned, fmt.Errorf("study %s: %w in the store; `%s study list` lists those that are", args[0], err, self())
		}
		return planned, nil
	}
	all, err := store.Studies(ctx)
	if err != nil {
		return turncoat.PlannedStudy{}, err
	}
	if len(all) == 0 {
		return turncoat.PlannedStudy{}, fmt.Errorf("the store has no study; `%s run` makes one", self())
	}
	return all[0], nil
}

// libraryOf returns the library with the scenario folders that a stored study
// was planned with.
func (o *options) libraryOf(s turncoat.Study) (*scenario.Library, error) {
	lib, err := o.library()
	if err != nil {
		return nil, err
	}
	for _, name := range s.Scenarios {
		if filepath.IsAbs(name) {
			if _, err := lib.Add(name); err != nil {
				return nil, err
			}
		}
	}
	return lib, nil
}
