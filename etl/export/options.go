package export

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

var datasetName = regexp.MustCompile(`^([a-z][a-z0-9.:-]*[a-z0-9]\.)?[A-Za-z0-9_]+$`)

// check fills in the defaults and reports what cannot be meant.
func (opt Options) check() (Options, *time.Location, error) {
	if !datasetName.MatchString(opt.Dataset) {
		return opt, nil, fmt.Errorf("dataset %q: want PROJECT.analytics_NNN, the dataset of the export", opt.Dataset)
	}
	if len(opt.Secret) < 16 {
		return opt, nil, errors.New("the secret for user ids is shorter than 16 bytes; give a random one of 32 bytes")
	}
	loc, err := time.LoadLocation(opt.Zone)
	if err != nil || opt.Zone == "" || opt.Zone == "Local" {
		return opt, nil, fmt.Errorf("time zone %q: want an IANA name such as Asia/Seoul", opt.Zone)
	}
	if opt.MaxBad == 0 {
		opt.MaxBad = defaultMaxBad
	}
	if math.IsNaN(opt.MaxBad) || opt.MaxBad < 0 || opt.MaxBad > 1 {
		return opt, nil, fmt.Errorf("max bad %v: want a share between 0 and 1", opt.MaxBad)
	}
	if opt.OpenDays == 0 {
		opt.OpenDays = DefaultOpenDays
	}
	if opt.OpenDays < 0 {
		return opt, nil, fmt.Errorf("open days %d: want 1 or more", opt.OpenDays)
	}
	for _, bound := range []struct{ name, day string }{{"from", opt.From}, {"to", opt.To}} {
		if bound.day == "" {
			continue
		}
		if err := warehouse.CheckDay(bound.day); err != nil {
			return opt, nil, fmt.Errorf("%s: %w", bound.name, err)
		}
	}
	return opt, loc, nil
}

// inRange reports whether the day is asked for.
func (opt Options) inRange(day string) bool {
	return (opt.From == "" || day >= opt.From) && (opt.To == "" || day <= opt.To)
}

// settings describe all that decides which rows the same table becomes, the secret by a digest only. The channels are told by
// their SQL, since they are nothing else here.
func (opt Options) settings() string {
	channels := sha256.Sum256([]byte(opt.Channels.SQL(dialect, "s", "m", "c")))
	names := (&statement{opt: opt}).paramNames()
	return fmt.Sprintf("export 1, key %s, zone %s, params %s, staff %s, channels %s, simulated %v", source.KeyCheck(opt.Secret),
		opt.Zone, strings.Join(names, ","), opt.StaffProperty, hex.EncodeToString(channels[:8]), opt.Simulated)
}
