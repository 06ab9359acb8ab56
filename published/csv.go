package published

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// ReadRows calls each for every row of a CSV file whose first row names the
// columns. Lines that begin with # are comments. An error of each is returned
// with the line that it is about. The map is used again for the next row.
func ReadRows(r io.Reader, each func(row map[string]string) error) error {
	reader := csv.NewReader(r)
	reader.Comment = '#'
	head, err := reader.Read()
	if err != nil {
		return err
	}
	row := map[string]string{}
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, column := range head {
			row[column] = fields[i]
		}
		if err := each(row); err != nil {
			line, _ := reader.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}
