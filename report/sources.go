package report

import (
	"fmt"
	"strings"

	"turncoat/calibration"
	"turncoat/labelled"
)

// sourcesText says on what a judge was validated, and whose labels these are:
// "277 labelled transcripts that come with Turncoat".
func sourcesText(sources []calibration.Source) string {
	if len(sources) == 1 && sources[0].Kind == labelled.SourceStudy {
		return trialsText(sources[0])
	}
	all := 0
	var parts []string
	for _, s := range sources {
		all += s.Cases
		part := map[labelled.SourceKind]string{
			labelled.SourceSet: "that come with Turncoat", labelled.SourceFolder: "of the folder " + s.Name,
		}[s.Kind]
		if part == "" {
			part = "of a source that an earlier version of Turncoat did not name"
		}
		if len(sources) > 1 {
			part = fmt.Sprintf("%d %s", s.Cases, part)
		}
		parts = append(parts, part)
	}
	text := fmt.Sprintf("%d labelled transcripts", all)
	if len(sources) > 1 {
		text += ","
	}
	return text + " " + strings.Join(parts, ", ")
}

// trialsText says which trials people have judged.
func trialsText(s calibration.Source) string {
	text := fmt.Sprintf("%s of the study %s that people judged", trials(s.Cases), s.Name)
	if s.People == nil {
		return text
	}
	who := strings.Join(s.People.Raters, ", ")
	if s.People.Adjudicated > 0 {
		who += fmt.Sprintf("; %d adjudicated", s.People.Adjudicated)
	}
	return fmt.Sprintf("%s (%s)", text, who)
}

// peopleNotes says what is to be known of trials that people have judged.
func peopleNotes(p *calibration.People) []string {
	if p == nil {
		return nil
	}
	var lines []string
	if p.Disputed > 0 {
		lines = append(lines, fmt.Sprintf("What raters disagree about and nobody has settled is left out: %s. A judge may err more often on such trials.", trials(p.Disputed)))
	}
	if p.Picked() {
		lines = append(lines, fmt.Sprintf("The judged trials were picked by what judges say: %d of %d are flagged, and of the others %d of %d. A judge errs more often on such trials than in the study, so no rate is corrected by them.",
			p.Rated.Flagged, p.Rated.Trials, p.Others.Flagged, p.Others.Trials))
	}
	return lines
}
