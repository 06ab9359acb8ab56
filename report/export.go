package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// JSON writes the report in the format that [Schema] describes.
func (r *Report) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// Schema returns the JSON Schema of what [Report.JSON] writes.
func Schema() ([]byte, error) {
	schema, err := jsonschema.For[Report](&jsonschema.ForOptions{
		TypeSchemas: map[reflect.Type]*jsonschema.Schema{
			reflect.TypeFor[time.Duration](): {Type: "integer", Description: "nanoseconds"},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("schema of a report: %w", err)
	}
	schema.Schema = "https://json-schema.org/draft/2020-12/schema"
	schema.Title = "A Turncoat report"
	return json.MarshalIndent(schema, "", "  ")
}

// CSV writes one row for each cell, with a column for each factor, and with
// columns for each annotator and each of its labels.
func (r *Report) CSV(w io.Writer) error {
	factors := r.factors()
	header := cells("study", "scenario", "version", "interface", "model")
	header = append(append(header, cells(factors...)...), cells("fresh", "worlds", "planned", "harmful", "benign", "invalid", "errors",
		"unjudged", "not_run", "rate", "low", "high", "confidence", "method", "complete", "flagged", "judge", "stand_in")...)
	if r.options.Corrected {
		header = append(header, cells("corrected", "corrected_low", "corrected_high", "corrected_truncated", "corrected_incompatible", "corrected_own")...)
	}
	header = append(header, r.annotationHeader()...)
	rows := [][]any{header}
	for _, c := range r.Cells {
		row := []any{r.Study.Name, c.Scenario, c.Version, string(c.Interface), c.Model}
		for _, factor := range factors {
			row = append(row, c.Condition[factor])
		}
		row = append(row, c.Fresh, c.Worlds, c.Planned, c.Harmful, c.Benign, c.Invalid, c.Errors, c.Unjudged, c.NotRun)
		if c.Rate != nil {
			row = append(row, *c.Rate, c.Interval.Low, c.Interval.High, c.Interval.Confidence, c.Interval.Method)
		} else {
			row = append(row, "", "", "", "", "")
		}
		row = append(row, c.Complete, c.Flagged, c.Judge, c.StandIn)
		if r.options.Corrected {
			row = append(row, c.correctedColumns()...)
		}
		rows = append(rows, append(row, c.annotationColumns()...))
	}
	return writeCSV(w, rows)
}

func cells(texts ...string) []any {
	row := make([]any, len(texts))
	for i, text := range texts {
		row[i] = text
	}
	return row
}

// factors returns every factor of the cells, in alphabetical order.
func (r *Report) factors() []string {
	var factors []string
	for _, c := range r.Cells {
		for _, factor := range c.Condition.Factors() {
			addOnce(&factors, factor)
		}
	}
	return factors
}

// writeCSV writes rows of texts, numbers and truth values. No text in them is a
// formula to a spreadsheet.
func writeCSV(w io.Writer, rows [][]any) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		written := make([]string, len(row))
		for i, cell := range row {
			switch cell := cell.(type) {
			case string:
				written[i] = noFormula(cell)
			case float64:
				written[i] = strconv.FormatFloat(cell, 'f', 6, 64)
			default:
				written[i] = fmt.Sprint(cell)
			}
		}
		if err := out.Write(written); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// noFormula keeps a spreadsheet from taking a cell for a formula.
func noFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
