//! Finds the paths in a module's sources.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, Field, ImplItem, Item, ItemMod, ItemUse, Lit, Macro, Meta, Path, Stmt, TraitItem, UseTree, Variant,
};

use crate::resolve::{Target, resolve};
use crate::tree::{Id, Import, Tree, attributes, imports, leaves, line, only_in_tests};
use crate::{Arrow, Unresolved, Uses};

/// Adds the uses of other modules in a module's own sources.
pub(crate) fn collect(tree: &Tree, module: Id, uses: &mut Uses) {
    let mut visitor = Paths { tree, module, uses };
    for item in &tree.module(module).items {
        visitor.visit_item(item);
    }
}

struct Paths<'tree, 'uses> {
    tree: &'tree Tree,
    module: Id,
    uses: &'uses mut Uses,
}

impl Paths<'_, '_> {
    fn uses(&mut self, path: &[String], line: usize) {
        let file = self.tree.module(self.module).file.clone();
        let said = path.join("::");
        match resolve(self.tree, self.module, path) {
            Some(Target::Module(to) | Target::Item(to)) => self.arrow(to, line, said),
            Some(Target::Outside) => {}
            None => self.uses.unresolved.push(Unresolved { file, line, path: said }),
        }
    }

    fn arrow(&mut self, to: Id, line: usize, path: String) {
        if to == self.module {
            return;
        }
        let (from, to) = (self.tree.module(self.module), self.tree.module(to));
        let file = from.file.clone();
        self.uses.arrows.push(Arrow { from: from.path.clone(), to: to.path.clone(), file, line, path });
    }

    fn imports(&mut self, imports: Vec<Import>) {
        for import in imports {
            self.uses(&import.path, import.line);
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let Some((token, after)) = rest.split_first() {
            rest = match token {
                TokenTree::Ident(_) => self.token_path(rest),
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    after
                }
                TokenTree::Literal(literal) => {
                    self.text(&literal.to_string(), literal.span().start().line, "crate::");
                    after
                }
                TokenTree::Punct(_) if is_path_separator(rest) => without_path(after),
                TokenTree::Punct(_) => after,
            };
        }
    }

    /// The path at the beginning of `tokens`, and the tokens after it.
    fn token_path<'tokens>(&mut self, tokens: &'tokens [TokenTree]) -> &'tokens [TokenTree] {
        let (mut path, mut at, mut rest) = (Vec::new(), 0, tokens);
        while let Some((TokenTree::Ident(ident), after)) = rest.split_first() {
            path.push(ident.to_string());
            at = line(ident);
            rest = after;
            if !is_path_separator(rest) {
                break;
            }
            rest = rest.get(2..).unwrap_or_default();
        }
        if let Some((TokenTree::Group(group), after)) = rest.split_first()
            && group.delimiter() == Delimiter::Brace
            && rest.len() < tokens.len() - path.len()
            && let Ok(tree) = syn::parse2::<UseTree>(TokenStream::from(TokenTree::Group(group.clone())))
        {
            self.imports(leaves(&path, &tree));
            return after;
        }
        if path.len() > 1 {
            self.uses(&path, at);
        }
        rest
    }

    /// A quoted path that begins with `beginning`.
    fn text(&mut self, literal: &str, line: usize, beginning: &str) {
        let Some(text) = literal.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { return };
        if !text.starts_with(beginning) {
            return;
        }
        if let Ok(path) = syn::parse_str::<Path>(text)
            && path.segments.len() > 1
        {
            self.uses(&segments(&path), line);
        }
    }

    fn call_of_macro(&mut self, called: &Macro) {
        let Some(name) = called.path.get_ident() else { return };
        let known_here = !self.tree.module(self.module).named(&name.to_string()).is_empty();
        if let Some(to) = self.tree.macro_of(&name.to_string())
            && !known_here
        {
            self.arrow(to, line(name), format!("{name}!"));
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_, '_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !only_in_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    // A nested module is visited on its own.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.imports(imports(item));
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !only_in_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        if let TraitItem::Fn(method) = item
            && only_in_tests(&method.attrs)
        {
            return;
        }
        visit::visit_trait_item(self, item);
    }

    fn visit_field(&mut self, field: &'ast Field) {
        if !only_in_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'ast Variant) {
        if !only_in_tests(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let attributes = match statement {
            Stmt::Local(local) => local.attrs.as_slice(),
            Stmt::Macro(called) => called.attrs.as_slice(),
            Stmt::Expr(expression, _) => attributes_of(expression),
            Stmt::Item(_) => &[],
        };
        if !only_in_tests(attributes) {
            visit::visit_stmt(self, statement);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.segments.len() > 1 && path.leading_colon.is_none() {
            let at = path.segments.first().map_or(0, |segment| line(&segment.ident));
            self.uses(&segments(path), at);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        self.call_of_macro(called);
        self.tokens(called.tokens.clone());
        visit::visit_macro(self, called);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
            if attribute.path().is_ident("serde") {
                self.paths_in_quotes(list.tokens.clone());
            }
        }
    }
}

impl Paths<'_, '_> {
    /// `with = "…"` and the like: each string that is a path of several names.
    fn paths_in_quotes(&mut self, tokens: TokenStream) {
        for token in tokens {
            if let TokenTree::Literal(literal) = token
                && let Lit::Str(text) = Lit::new(literal.clone())
                && !text.value().starts_with("crate::")
            {
                self.text(&literal.to_string(), literal.span().start().line, "");
            }
        }
    }
}

fn segments(path: &Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

fn is_path_separator(tokens: &[TokenTree]) -> bool {
    let colon = |token: Option<&TokenTree>, spacing: Option<Spacing>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && spacing.is_none_or(|it| it == punct.spacing()));
    colon(tokens.first(), Some(Spacing::Joint)) && colon(tokens.get(1), None)
}

/// Attributes of an expression statement.
fn attributes_of(expression: &Expr) -> &[Attribute] {
    match expression {
        Expr::Assign(it) => &it.attrs,
        Expr::Block(it) => &it.attrs,
        Expr::Call(it) => &it.attrs,
        Expr::ForLoop(it) => &it.attrs,
        Expr::If(it) => &it.attrs,
        Expr::Macro(it) => &it.attrs,
        Expr::Match(it) => &it.attrs,
        Expr::MethodCall(it) => &it.attrs,
        Expr::Return(it) => &it.attrs,
        Expr::While(it) => &it.attrs,
        _ => &[],
    }
}

/// After `::`: the name that follows belongs to another crate, or to the preceding path.
fn without_path(after_first_colon: &[TokenTree]) -> &[TokenTree] {
    let mut rest = after_first_colon.get(1..).unwrap_or_default();
    while let Some((TokenTree::Ident(_), after)) = rest.split_first() {
        rest = after;
        if !is_path_separator(rest) {
            break;
        }
        rest = rest.get(2..).unwrap_or_default();
    }
    rest
}
