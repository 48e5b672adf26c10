//! `stockbridge query`: stock over all pages, as a table or as one JSON document.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use stockbridge::{Account, ChangedWithin, Cursor, Decimal, Extras, StockLevel, StockPage, StockQuery, Timestamp};

use super::{open, read_only};
use crate::arguments::QueryArguments;
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::output::{self, Column};

const ACTION: &str = "the query";
/// Extras that report how complete a query's answer is.
const COMPLETENESS: [&str; 3] = ["whole-since", "whole-until", "not-covered"];

/// Runs the query and shows the answer: all of it or, after a failure, nothing.
pub(crate) async fn run(config: &Path, arguments: &QueryArguments, json: bool) -> Result<Exit, Failure> {
    let query = query(arguments)?;
    let changed = query.changed;
    let failed = |error| Failure::new(ACTION, Cause::Library(error));
    let config = read_only(config).map_err(failed)?;
    let opened = open(config, &arguments.account).await;
    let (_host, account) = opened.map_err(|unopened| failed(unopened.error).alternatives(unopened.alternatives))?;
    let mut stock = read(&account, query, arguments).await.map_err(failed)?;
    stock.changed = changed;
    let shown = if json { output::json(&stock) } else { show(&stock, arguments) };
    shown.map_err(|error| Failure::new(ACTION, Cause::Output(error)))?;
    Ok(Exit::Done)
}

fn query(arguments: &QueryArguments) -> Result<StockQuery, Failure> {
    // A cursor is bound to its query: with another end of the span, such as a new `now`, it would belong to another one.
    if arguments.cursor.is_some() && arguments.changed_since.is_some() && arguments.changed_until.is_none() {
        let problem = "--cursor continues the same query: also give the --changed-until that it began with";
        return Err(Failure::new(ACTION, Cause::Options(problem.to_owned())));
    }
    let mut query = StockQuery::skus(arguments.skus.iter().map(String::as_str));
    query.barcodes.clone_from(&arguments.barcodes);
    query.warehouse = arguments.warehouse.as_deref().map(Into::into);
    query.changed = arguments
        .changed_since
        .map(|start| ChangedWithin { start, end: arguments.changed_until.unwrap_or_else(Timestamp::now) });
    query.include_deleted = arguments.include_deleted;
    query.page_size = arguments.page_size;
    query.cursor = arguments.cursor.clone().map(Cursor::from);
    query.extras = arguments.extras.iter().cloned().collect();
    Ok(query)
}

/// The rows of all pages that were read.
#[derive(Serialize)]
struct Stock {
    levels: Vec<StockLevel>,
    /// Number of rows of the whole query, where the provider reports it.
    total: Option<u64>,
    /// Where to continue. None at the end, and where `--limit` cut a page in two.
    next: Option<Cursor>,
    /// Whether these are all rows from where the query began.
    complete: bool,
    /// The span of the query.
    changed: Option<ChangedWithin>,
    /// Provider data beside the rows, page by page.
    extras: Vec<Extras>,
}

async fn read(account: &Account, query: StockQuery, arguments: &QueryArguments) -> Result<Stock, stockbridge::Error> {
    let limit = arguments.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut stock =
        Stock { levels: Vec::new(), total: None, next: None, complete: true, changed: None, extras: Vec::new() };
    let mut progress = None;
    let mut pages = account.pages(query);
    while let Some(page) = pages.next().await {
        stock.add(page?, limit);
        if arguments.first_page || stock.levels.len() >= limit || stock.next.is_none() {
            break;
        }
        advance(&mut progress, &stock);
    }
    // A dropped bar leaves nothing on the screen.
    drop(progress);
    Ok(stock)
}

impl Stock {
    fn add(&mut self, page: StockPage, limit: usize) {
        self.total = page.total.or(self.total);
        self.extras.push(page.extras);
        self.levels.extend(page.levels);
        self.complete = page.next.is_none();
        self.next = page.next;
        if self.levels.len() > limit {
            self.levels.truncate(limit);
            self.complete = false;
            // The next page begins after rows that are not shown.
            self.next = None;
        }
    }
}

/// Shows the progress of a query of several pages, on a terminal.
fn advance(progress: &mut Option<ProgressBar>, stock: &Stock) {
    if !io::stderr().is_terminal() {
        return;
    }
    let bar = progress.get_or_insert_with(|| {
        let bar = stock.total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let template = if stock.total.is_some() { "{bar:40} {pos} of {len} rows" } else { "{spinner} {pos} rows" };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.with_style(style).with_finish(indicatif::ProgressFinish::AndClear)
    });
    bar.set_position(u64::try_from(stock.levels.len()).unwrap_or(u64::MAX));
}

fn show(stock: &Stock, arguments: &QueryArguments) -> io::Result<()> {
    if !stock.levels.is_empty() {
        let columns = [
            Column::Text("sku"),
            Column::Text("name"),
            Column::Text("warehouse"),
            Column::Text("condition"),
            Column::Text("owner"),
            Column::Figure("on hand"),
            Column::Figure("available"),
            Column::Figure("reserved"),
            Column::Figure("incoming"),
            Column::Text("changed"),
        ];
        let rows: Vec<_> = stock.levels.iter().map(row).collect();
        output::lines(&output::table(columns, &rows))?;
    }
    output::note(&summary(stock, arguments));
    completeness(stock).iter().for_each(|note| output::note(note));
    Ok(())
}

/// The connector's notes on completeness, of all pages, each once.
fn completeness(stock: &Stock) -> Vec<String> {
    let mut notes = Vec::new();
    for name in COMPLETENESS {
        for extra in stock.extras.iter().filter_map(|extras| extras.get(name)) {
            let note = output::plain(&format!("{name}: {}", extra.as_str()));
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

fn row(level: &StockLevel) -> [String; 10] {
    let figure = |figure: Option<Decimal>| figure.map(|figure| figure.to_string()).unwrap_or_default();
    [
        level.sku.to_string(),
        level.name.clone().unwrap_or_default(),
        level.warehouse.to_string(),
        level.condition.as_ref().map(ToString::to_string).unwrap_or_default(),
        level.owner.clone().unwrap_or_default(),
        figure(level.on_hand),
        figure(level.available),
        figure(level.reserved),
        figure(level.incoming),
        level.changed.map(output::time).unwrap_or_default(),
    ]
    .map(|cell| output::plain(&cell))
}

/// Number of rows, and how to get the others.
fn summary(stock: &Stock, arguments: &QueryArguments) -> String {
    let rows = stock.levels.len();
    let mut text = match (rows, stock.total) {
        (0, _) => "no rows".to_owned(),
        (1, Some(1) | None) => "1 row".to_owned(),
        (_, Some(total)) if total != u64::try_from(rows).unwrap_or(u64::MAX) => format!("{rows} of {total} rows"),
        _ => format!("{rows} rows"),
    };
    if let Some(next) = &stock.next {
        text.push_str("; continue with the same options and");
        if let (Some(changed), None) = (&stock.changed, arguments.changed_until) {
            text.push_str(&format!(" --changed-until {}", changed.end));
        }
        text.push_str(&format!(" --cursor {}", next.as_str()));
    } else if !stock.complete {
        text.push_str("; there are more: raise --limit");
    }
    text
}
