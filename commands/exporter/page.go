package exporter

import (
	"context"
	"net/http"
	"time"

	"gearctl/commands/exporter/statuspage"
	"gearctl/commands/internal/cmderr"
)

const defaultPageInterval = 10 * time.Second

func (o *options) checkPage() error {
	switch {
	case o.page && o.textfile != "":
		return cmderr.Usagef("--textfile excludes --page")
	case o.page && o.sdFile != "":
		return cmderr.Usagef("--sd-file excludes --page")
	case !o.page && o.pageInterval != 0:
		return cmderr.Usagef("--page-interval needs --page")
	case o.page && o.pageInterval != 0 && (o.pageInterval < statuspage.MinInterval || o.pageInterval > statuspage.MaxInterval):
		return cmderr.Usagef("--page-interval %s: must be from %s to %s", cmderr.ShortDuration(o.pageInterval), cmderr.ShortDuration(statuspage.MinInterval), cmderr.ShortDuration(statuspage.MaxInterval))
	}
	return nil
}

// addPage adds the status page, with --page.
func (x *exporter) addPage(o *options) {
	if !o.page {
		return
	}
	interval := o.pageInterval
	if interval == 0 {
		interval = defaultPageInterval
	}
	x.page = statuspage.New(statuspage.Config{
		Fleet: x.pageFleet(), Context: x.env.ContextName(), Wants: x.filter.wants, Interval: interval, Now: x.env.Now, Version: x.env.Version,
	})
}

// pageFleet returns a function that returns the servers of the page: those of /metrics. It is for one caller at a time.
func (x *exporter) pageFleet() func() *statuspage.Fleet {
	var of *fleet
	var made *statuspage.Fleet
	return func() *statuspage.Fleet {
		now := x.source.get()
		if now == of {
			return made
		}
		of, made = now, &statuspage.Fleet{Dialer: now.all.dialer, Servers: now.all.addresses(), Labels: map[string]map[string]string{}}
		for _, s := range now.all.servers {
			labels := map[string]string{}
			for i := 0; i+1 < len(s.labels); i += 2 {
				labels[s.labels[i]] = s.labels[i+1]
			}
			made.Labels[s.address] = labels
		}
		return made
	}
}

// rootPage is what / shows.
func (x *exporter) rootPage(pages []page) http.Handler {
	if x.page == nil {
		return landingPage(x.env.Version, pages)
	}
	var links []statuspage.Link
	for _, p := range pages {
		if p.link != "" {
			links = append(links, statuspage.Link{Path: p.path, Title: p.link})
		}
	}
	return x.page.Handler(links)
}

// pollForPage polls the servers for the page until ctx ends or stop is called, which waits for the last poll.
func (x *exporter) pollForPage(ctx context.Context) (stop func()) {
	if x.page == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		x.page.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}
