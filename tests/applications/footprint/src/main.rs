//! Smallest application: it builds a host with one account and makes one call, which it answers itself. With the feature
//! `as-it-comes`, its configuration is a watched file, and its journal is in another file. See `cargo xtask footprint`.

use std::error::Error;
use std::path::PathBuf;

use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport};
use stockbridge::{Host, StockQuery};

/// Error of the program, printed on exit.
type BoxError = Box<dyn Error + Send + Sync>;

const ANSWER: &[u8] = br#"{"code":0,"message":"ok","stocks":[],"total_count":"0"}"#;

/// Provider in this process.
struct Provider;

impl Transport for Provider {
    fn send(&self, _: OutboundRequest) -> Exchange<'_> {
        Box::pin(async { Ok(InboundResponse { status: 200, headers: Vec::new(), body: ANSWER.to_vec() }) })
    }
}

#[cfg(not(feature = "as-it-comes"))]
async fn host(component: PathBuf) -> Result<Host, BoxError> {
    let account = stockbridge::AccountConfig::new("main", component)
        .allow("https://provider.example")
        .setting("url", "https://provider.example")
        .setting("sid", "demo-sid")
        .setting("appkey", "demo-key")
        .secret("secret", "demo-secret");
    Ok(Host::builder().transport(Provider).build(stockbridge::Config::new().account(account)).await?)
}

#[cfg(feature = "as-it-comes")]
async fn host(component: PathBuf) -> Result<Host, BoxError> {
    let directory = std::env::temp_dir().join(format!("stockbridge-footprint-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let file = directory.join("stockbridge.toml");
    let text = format!(
        "journal = \"stockbridge.journal\"\n\
         [accounts.main]\n\
         connector = '{}'\n\
         allow = [\"https://provider.example\"]\n\
         settings = {{ url = \"https://provider.example\", sid = \"demo-sid\", appkey = \"demo-key\" }}\n\
         secrets.secret = {{ file = \"secret\" }}\n",
        component.display()
    );
    std::fs::write(directory.join("secret"), "demo-secret")?;
    std::fs::write(&file, text)?;
    let host = Host::builder().transport(Provider).build(stockbridge::Config::from_file(&file)?).await?;
    drop(host.watch(&file));
    Ok(host)
}

async fn call(component: PathBuf) -> Result<(), BoxError> {
    let host = host(component).await?;
    let page = host.account("main")?.query(StockQuery::skus(["daj1"])).await?;
    if !page.levels.is_empty() {
        return Err("the page has rows".into());
    }
    Ok(())
}

fn main() -> Result<(), BoxError> {
    let component = std::env::args_os().nth(1).ok_or("give a component")?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(call(component.into()))
}
