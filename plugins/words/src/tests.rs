use super::*;

const TEXTS: &[&[Text]] = &[&wangdiantong::BUSINESS];

fn of(words: &str) -> Says {
    said(&[words], TEXTS)
}

/// A text of a page, with a value for each `*`.
fn printed(text: &Text) -> String {
    text.text.replace('*', "17")
}

#[test]
fn each_text_of_a_page_is_a_refusal_and_has_a_source() {
    for text in &wangdiantong::BUSINESS {
        assert_eq!(of(&printed(text)), Says::Refusal(text.kind), "{}", text.text);
        assert!(!text.source.is_empty());
    }
    for pairs in &refusals::PAIRS {
        assert!(!pairs.source.is_empty() && pairs.nouns.nouns().count() > 0);
    }
}

#[test]
fn a_noun_of_the_order_and_a_predicate_in_one_clause_are_a_refusal() {
    for pairs in &refusals::PAIRS {
        for noun in pairs.nouns.nouns() {
            for words in [
                format!("{noun}{}", pairs.predicate),
                format!("{noun}:A-17 {}", pairs.predicate),
                format!("第1行{noun} {}，请检查", pairs.predicate),
            ] {
                assert_eq!(of(&words), Says::Refusal(pairs.kind), "{words}");
            }
        }
    }
    for (words, kind) in [
        ("库存不足", Kind::Rejected),
        ("商品liaowl1002库存不足, 可用: 3", Kind::Rejected),
        ("可用库存数量不足", Kind::Rejected),
        ("仓库编号1002不存在", Kind::NotFound),
        ("数量必须大于0", Kind::InvalidRequest),
        ("批次格式错误", Kind::InvalidRequest),
        ("外部单号长度超过20个字符", Kind::InvalidRequest),
        ("备注不能为空", Kind::InvalidRequest),
        ("goods_list[0].spec_no不能为空", Kind::InvalidRequest),
        ("超过每分钟最大调用频率限制，请稍后重试", Kind::RateLimited),
        ("超过每分钟最大并发次数限制,请稍后重试", Kind::RateLimited),
        ("商家编码:502 单品不存在", Kind::NotFound),
        ("ＳＫＵ：Ａ１７不存在", Kind::NotFound),
    ] {
        assert_eq!(of(words), Says::Refusal(kind), "{words}");
    }
}

/// Inside texts about trouble, something done or a repeat, and inside texts with unknown words.
#[test]
fn each_refusal_inside_of_longer_words_is_none() {
    const LONGER: [&str; 34] = [
        "invalid http status 502",
        "502 bad gateway",
        "未知错误",
        "数据库错误",
        "Unknown Database Error",
        "请求超时",
        "read timeout",
        "connection reset by peer",
        "网络异常",
        "系统内部错误",
        "internal error",
        "系统繁忙",
        "服务不可用",
        "service unavailable",
        "java.lang.NullPointerException",
        "SQL异常",
        "网关错误",
        "status 504",
        "订单已生成",
        "已创建",
        "已保存",
        "已提交",
        "操作成功",
        "部分行",
        "推送失败",
        "order created",
        "partially done",
        "外部单号重复",
        "duplicate order",
        "单据已存在",
        "内存",
        "会话",
        "返回数据",
        "下游没有回应",
    ];
    let pairs = refusals::PAIRS
        .iter()
        .flat_map(|pairs| pairs.nouns.nouns().take(2).map(|noun| format!("{noun}{}", pairs.predicate)));
    let texts: Vec<String> = wangdiantong::BUSINESS.iter().map(printed).chain(pairs).collect();
    for text in &texts {
        for longer in LONGER {
            for between in [",", "，", " ", "", ":", "；", "。", "\n", "(", " - "] {
                for words in [format!("{text}{between}{longer}"), format!("{longer}{between}{text}")] {
                    assert!(!matches!(of(&words), Says::Refusal(_)), "{words}");
                }
            }
            assert!(!matches!(said(&[text, longer], TEXTS), Says::Refusal(_)), "{text} beside {longer}");
            assert!(!matches!(said(&[longer, text], TEXTS), Says::Refusal(_)), "{longer} beside {text}");
        }
    }
}

#[test]
fn trouble_is_known_by_its_words_in_either_language_and_by_its_code() {
    for words in [
        "数据库连接失败",
        "系统错误",
        "系统异常[E1]",
        "系统繁忙，请稍后重试",
        "请求超时",
        "system error",
        "A System Error occurred",
        "SYSTEM_ERROR",
        "Read Timeout",
        "Connection timed out",
        "invalid http status 502",
        "未知错误",
        "502",
        "HTTP 503",
        "error code: 504",
        "isp.top-remote-connection-timeout",
        "isp.top-remote-service-unavailable",
        "isp.top-remote-unknown-error",
    ] {
        assert_eq!(of(words), Says::Trouble, "{words}");
    }
    for words in ["", "库存不足", "商家编码:502 单品不存在", "order system", "error in line 1", "频率超限", "15025"]
    {
        assert_ne!(of(words), Says::Trouble, "{words}");
    }
}

#[test]
fn what_the_order_is_not_spoken_of_in_is_no_refusal() {
    for words in [
        "",
        "别的原因",
        "内存不足",
        "连接不存在",
        "会话不存在",
        "库存服务不存在",
        "仓库接口不存在",
        "返回数据不能为空",
        "线程数量不足",
        "队列长度超过限制",
        "权限校验",
        "不存在",
        "不足",
        "仓库",
        "必须",
        "请稍后重试",
        "failed to find the item in the warehouse it does not exist",
        "item not found after commit",
        "库存不足, 可用库存已扣减",
        "库存不足, 可用",
        "库存不足 已扣减3",
    ] {
        assert!(!matches!(of(words), Says::Refusal(_)), "{words}");
    }
}

#[test]
fn a_limit_is_known_where_no_page_says_that_it_came_first() {
    for words in [
        "频率超限",
        "请求过于频繁",
        "接口调用超过每分钟最大限制",
        "Too Many Requests",
        "rate limit exceeded",
        "调用限流",
    ] {
        assert_eq!(of(words), Says::Limit, "{words}");
    }
}
